# caught by: clip_respects_both_bounds
"""You set every value beyond the bounds to maxValue, so a large negative gradient turns into a positive one. Each
value should end at the bound on its own side.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name][np.abs(gradients[name]) > maxValue] = maxValue
    return gradients
