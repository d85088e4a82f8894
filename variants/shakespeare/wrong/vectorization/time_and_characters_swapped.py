# caught by: vectorization_has_the_shapes, vectorization_marks_the_inputs
"""Your second axis is the character and your third one the time. It should be the other way round: (m, Tx, n_x)."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), n_x, Tx))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, char_indices[char], t] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
