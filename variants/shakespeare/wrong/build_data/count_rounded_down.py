# caught by: build_data_ends_with_the_text
"""You compute the number of windows by a division that rounds down, so the last one is missing unless it divides evenly.
Round up, or let range count.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    m = (len(text) - Tx) // stride
    X = [text[i * stride : i * stride + Tx] for i in range(m)]
    Y = [text[i * stride + Tx] for i in range(m)]
    return X, Y
