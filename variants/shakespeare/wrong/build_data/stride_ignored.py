# caught by: build_data_cuts_windows
"""You start a window at every character, whatever the stride says. Hand the stride to range as its third argument."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    starts = range(len(text) - Tx)
    return [text[i : i + Tx] for i in starts], [text[i + Tx] for i in starts]
