# caught by: clip_keeps_what_lies_inside
"""You take the absolute values before you clip, so every negative gradient comes back positive. The sign is the
direction of the step: keep it.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name] = np.minimum(np.abs(gradients[name]), maxValue)
    return gradients
