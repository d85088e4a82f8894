# caught by: clip_keeps_what_lies_inside
"""You hand np.clip the two bounds in the wrong order, and then it returns the same number for every entry. The
lower one comes first.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        np.clip(gradients[name], maxValue, -maxValue, out=gradients[name])
    return gradients
