# caught by: vectorization_has_the_shapes, vectorization_marks_the_targets
"""You return the targets as indices, which is another way to write them down. Here each of them is a row of n_x numbers
with a single one.
"""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = 1
    return x, np.array([char_indices[c] for c in Y])
