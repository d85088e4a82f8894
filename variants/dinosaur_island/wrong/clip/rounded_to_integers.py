# caught by: clip_keeps_what_lies_inside
"""You turn the arrays into whole numbers, so everything behind the decimal point is lost. Leave the type of the
arrays as it is.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name] = np.clip(gradients[name], -maxValue, maxValue).astype(int)
    return gradients
