# caught by: clip_keeps_what_lies_inside
"""You shrink a whole array when its norm is too large, so entries that lie inside the interval change as well.
Treat each entry on its own.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name, g in gradients.items():
        norm = np.linalg.norm(g)
        if norm > maxValue:
            gradients[name] = g * (maxValue / norm)
    return gradients
