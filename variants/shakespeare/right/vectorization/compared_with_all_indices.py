"""It compares the indices with 0, 1, ... along a new axis; the comparison is one-hot by itself. The result is a list."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    number = np.vectorize(char_indices.get)
    letters = np.array([list(window) for window in X])
    return [number(letters)[:, :, None] == np.arange(n_x), number(np.array(Y))[:, None] == np.arange(n_x)]
