# caught by: vectorization_marks_the_targets
"""You mark the last character of the window as its target, and never look at Y. The target is the character that follows."""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    x = np.zeros((len(X), Tx, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, char_indices[char]] = 1
        y[i, char_indices[char]] = 1
    return x, y
