# caught by: clip_respects_both_bounds
"""You look at the mean of an array to decide whether to clip it. A few far values among small ones stay."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        if np.mean(np.abs(gradients[name])) > maxValue:
            np.clip(gradients[name], -maxValue, maxValue, out=gradients[name])
    return gradients
