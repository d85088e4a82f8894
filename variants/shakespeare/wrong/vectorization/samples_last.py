# caught by: vectorization_has_the_shapes, vectorization_marks_the_inputs
"""You put the samples last, as in Dinosaur Island. PyTorch wants them first: (m, Tx, n_x)."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((n_x, Tx, len(X)))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[char_indices[char], t, i] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
