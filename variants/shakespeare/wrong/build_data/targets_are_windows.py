# caught by: build_data_finds_the_targets
"""Your targets are windows, moved by one character, as if the network answered at each step. Here it answers once, with
a single character.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    X = [text[i : i + Tx] for i in range(0, len(text) - Tx, stride)]
    Y = [text[i + 1 : i + Tx + 1] for i in range(0, len(text) - Tx, stride)]
    return X, Y
