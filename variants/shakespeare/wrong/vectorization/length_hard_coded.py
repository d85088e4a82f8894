# caught by: vectorization_has_the_shapes
"""You write the length 40 as a number into your code, so shorter windows get rows of zeros at their end. Use Tx."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), 40, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
