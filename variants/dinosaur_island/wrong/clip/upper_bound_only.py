# caught by: clip_respects_both_bounds
"""You apply only the upper bound, so large negative values stay as they are. The interval has a lower end, too."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name] = np.minimum(gradients[name], maxValue)
    return gradients
