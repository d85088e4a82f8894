"""It picks rows of the identity matrix, which are the one-hot vectors."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    rows = np.eye(n_x, dtype=np.float32)
    x = rows[[[char_indices[c] for c in window] for window in X]]
    return x.reshape(len(X), Tx, n_x), rows[[char_indices[c] for c in Y]]
