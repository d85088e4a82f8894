# caught by: build_data_cuts_windows
"""You take blanks and line ends off the text first. They are characters like all others."""


# GRADED FUNCTION: build_data
def build_data(text, Tx=40, stride=3):
    kept = text.strip()
    starts = range(0, len(kept) - Tx, stride)
    return [kept[start : start + Tx] for start in starts], [kept[start + Tx] for start in starts]
