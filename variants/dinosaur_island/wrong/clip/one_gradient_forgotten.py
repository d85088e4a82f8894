# caught by: clip_returns_all_five_gradients
"""You leave one of the five gradients out of the loop, so it comes back as it was. Compare your list of names with
the docstring.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ["dWaa", "dWax", "dWya", "db"]:
        gradients[name] = np.clip(gradients[name], -maxValue, maxValue)
    return gradients
