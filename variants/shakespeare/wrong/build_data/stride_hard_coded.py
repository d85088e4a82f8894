# caught by: build_data_cuts_windows
"""You write the stride 3 as a number into your code, so the argument has no effect. Let the argument decide."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - Tx, 3):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx])
    return X, Y
