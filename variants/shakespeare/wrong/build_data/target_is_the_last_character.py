# caught by: build_data_finds_the_targets
"""Your target is the last character of the window, which the poet can read off. It should be the one behind the window."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - Tx, stride):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx - 1])
    return X, Y
