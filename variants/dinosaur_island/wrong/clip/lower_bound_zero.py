# caught by: clip_keeps_what_lies_inside
"""You clip to the interval from 0 to maxValue, so every negative gradient is lost. Look again at where the
interval begins.
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
    for gradient in [dWax, dWaa, dWya, db, dby]:
        np.clip(gradient, 0, maxValue, out=gradient)
    gradients = {"dWaa": dWaa, "dWax": dWax, "dWya": dWya, "db": db, "dby": dby}
    return gradients
