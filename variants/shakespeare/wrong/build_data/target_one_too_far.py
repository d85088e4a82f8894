# caught by: build_data_finds_the_targets
"""You skip a character: your target is the second one behind the window. The last index of a window is one less than
the index where its slice ends.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    starts = range(0, len(text) - Tx, stride)
    return [text[i : i + Tx] for i in starts], [text[min(i + Tx + 1, len(text) - 1)] for i in starts]
