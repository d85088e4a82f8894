# caught by: build_data_cuts_windows
"""You turn line ends into blanks. They are characters like all others, and the poet has to learn where a line ends."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    starts = range(0, len(text) - Tx, stride)
    return [text[start : start + Tx].replace("\n", " ") for start in starts], [text[start + Tx] for start in starts]
