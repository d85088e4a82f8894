# caught by: build_data_ends_with_the_text
"""You start a window at the very end, where no character is left as its target. The last start is one before
len(text) - Tx.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - Tx + 1, stride):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx])
    return X, Y
