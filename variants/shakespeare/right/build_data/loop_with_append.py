"""A loop appends both, as most people write it first."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X = []
    Y = []
    for i in range(0, len(text) - Tx, stride):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx])
    return X, Y
