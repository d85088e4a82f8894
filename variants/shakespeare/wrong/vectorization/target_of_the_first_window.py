# caught by: vectorization_marks_the_targets
"""You set the target inside the loop with the wrong index, so all ones are in the first row. Row i belongs to target i."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = 1
        y[0, char_indices[Y[i]]] = 1
    return x, y
