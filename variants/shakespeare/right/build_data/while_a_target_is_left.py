"""A while loop runs as long as a target is left, and windows are lists of characters; the result is a list of two."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y, start = [], [], 0
    while start + Tx < len(text):
        X.append(list(text[start : start + Tx]))
        Y.append(text[start + Tx])
        start += stride
    return [X, Y]
