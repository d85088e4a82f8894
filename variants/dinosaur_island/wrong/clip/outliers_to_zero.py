# caught by: clip_respects_both_bounds
"""You set values beyond the bounds to zero, and with them the direction of the largest gradients is lost. They
should end at the bound that they exceed.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        g = gradients[name]
        gradients[name] = np.where(abs(g) > maxValue, 0.0, g)
    return gradients
