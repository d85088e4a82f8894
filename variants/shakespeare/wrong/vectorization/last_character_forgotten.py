# caught by: vectorization_marks_the_inputs
"""Your loop over the window ends one character early, so the last row is all zeros: and the last character says most
about the next one.
"""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x), dtype=bool)
    y = np.zeros((len(X), n_x), dtype=bool)
    for i in range(len(X)):
        for t in range(Tx - 1):
            x[i, t, char_indices[X[i][t]]] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
