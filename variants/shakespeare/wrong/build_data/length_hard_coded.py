# caught by: build_data_cuts_windows, build_data_finds_the_targets, build_data_ends_with_the_text
"""You write the length 40 as a number into your code, so windows of another length are impossible. Use the argument Tx."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X, Y = [], []
    for i in range(0, len(text) - 40, stride):
        X.append(text[i : i + 40])
        Y.append(text[i + 40])
    return X, Y
