# caught by: vectorization_marks_the_inputs
"""You write the windows from right to left. Step 0 should be the first character of a window."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(reversed(sentence)):
            x[i, t, char_indices[char]] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
