# caught by: clip_keeps_what_lies_inside
"""You divide a whole array until its largest entry fits, so the other entries shrink with it. Only what sticks out
may change.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    result = {}
    for name, g in gradients.items():
        largest = np.abs(g).max()
        result[name] = g * maxValue / largest if largest > maxValue else g
    return result
