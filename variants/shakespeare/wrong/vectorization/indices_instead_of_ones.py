# caught by: vectorization_marks_the_inputs
"""You write the index of the character into the array, where a one belongs. The place already says which character it is."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = char_indices[char]
        y[i, char_indices[Y[i]]] = 1
    return x, y
