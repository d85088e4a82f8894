# caught by: build_data_finds_the_targets
"""You take the character at which the next window begins as the target. It lies inside the window: the target is the
character behind it.
"""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    starts = range(0, len(text) - Tx, stride)
    return [text[i : i + Tx] for i in starts], [text[i + stride] for i in starts]
