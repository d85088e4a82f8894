# caught by: vectorization_marks_the_inputs
"""You mark the characters of all windows in the first one, because an index is 0 where the number of the window belongs.
Count the windows with enumerate.
"""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x), dtype=bool)
    y = np.zeros((len(X), n_x), dtype=bool)
    for i in range(len(X)):
        for t in range(Tx):
            x[0, t, char_indices[X[i][t]]] = 1
        y[i, char_indices[Y[i]]] = 1
    return x, y
