# caught by: build_data_cuts_windows, build_data_ends_with_the_text
"""Your windows are one character too long: the last one is the target itself, and then there is nothing left to guess.
The end of a slice does not belong to it.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - Tx, stride):
        X.append(text[i : i + Tx + 1])
        Y.append(text[i + Tx])
    return X, Y
