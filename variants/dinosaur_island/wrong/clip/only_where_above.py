# caught by: clip_respects_both_bounds
"""You clip an array only where its largest value is above the bound. One that only goes below it stays."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        if np.max(gradients[name]) > maxValue:
            np.clip(gradients[name], -maxValue, maxValue, out=gradients[name])
    return gradients
