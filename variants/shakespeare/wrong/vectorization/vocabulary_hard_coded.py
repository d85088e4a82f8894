# caught by: vectorization_has_the_shapes
"""You write the 38 characters of the sonnets as a number into your code. Another text has another vocabulary: use n_x."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, 38))
    y = np.zeros((len(X), 38))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
