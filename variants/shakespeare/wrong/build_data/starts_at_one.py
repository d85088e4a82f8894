# caught by: build_data_cuts_windows
"""Your first window leaves out the first character of the text. In Python a text begins at index 0."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(1, len(text) - Tx, stride):
        X.append(text[i : i + Tx])
        Y.append(text[i + Tx])
    return X, Y
