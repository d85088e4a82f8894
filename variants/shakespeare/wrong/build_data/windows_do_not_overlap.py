# caught by: build_data_cuts_windows
"""You start each window where the one before ends, so the windows do not overlap. The distance between two starts is
the stride.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    starts = range(0, len(text) - Tx, Tx)
    return [text[i : i + Tx] for i in starts], [text[i + Tx] for i in starts]
