# caught by: vectorization_marks_the_inputs, vectorization_marks_the_targets
"""You take the place of a character in the dictionary for its index. The index is the value: char_indices[c]."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    places = list(char_indices)
    x = np.zeros((len(X), Tx, n_x), dtype=bool)
    y = np.zeros((len(X), n_x), dtype=bool)
    for i, (window, target) in enumerate(zip(X, Y)):
        for t, c in enumerate(window):
            x[i, t, places.index(c)] = True
        y[i, places.index(target)] = True
    return x, y
