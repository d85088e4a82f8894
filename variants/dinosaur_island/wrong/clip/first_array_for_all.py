# caught by: clip_keeps_what_lies_inside, clip_returns_all_five_gradients
"""You clip the same array in every pass of the loop and store it under all five names. Take the array of the name
that the pass is about.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    array = gradients["dWaa"]
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name] = np.clip(array, -maxValue, maxValue)
    return gradients
