# caught by: build_data_ends_with_the_text
"""You end one window too early: a window that leaves exactly one character behind it still has its target. The end of a
range is never reached.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - Tx - 1, stride):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx])
    return X, Y
