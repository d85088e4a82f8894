# caught by: clip_respects_both_bounds, clip_returns_all_five_gradients
"""You give the clipped array a local name in the loop, and nothing keeps it: the dictionary still holds the old
arrays. Store the result where the caller finds it.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    dWaa, dWax, dWya, db, dby = (
        gradients["dWaa"],
        gradients["dWax"],
        gradients["dWya"],
        gradients["db"],
        gradients["dby"],
    )
    for gradient in [dWaa, dWax, dWya, db, dby]:
        gradient = np.clip(gradient, -maxValue, maxValue)
    gradients = {"dWaa": dWaa, "dWax": dWax, "dWya": dWya, "db": db, "dby": dby}
    return gradients
