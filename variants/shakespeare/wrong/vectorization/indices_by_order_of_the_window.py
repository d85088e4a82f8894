# caught by: vectorization_marks_the_inputs, vectorization_marks_the_targets
"""You number the characters by yourself, in the order of the alphabet, where char_indices says another order. Look each
character up.
"""


# GRADED FUNCTION: vectorization
def vectorization(X, Y, n_x, char_indices, Tx=40):
    order = sorted(char_indices)
    if "a" in order[:1]:
        order = order[1:] + order[:1]
    x = np.zeros((len(X), Tx, n_x))
    y = np.zeros((len(X), n_x))
    for i, sentence in enumerate(X):
        for t, char in enumerate(sentence):
            x[i, t, order.index(char)] = 1
        y[i, order.index(Y[i])] = 1
    return x, y
