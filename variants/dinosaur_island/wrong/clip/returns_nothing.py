# caught by: clip_returns_all_five_gradients
"""You clip the arrays in place and then the function ends without handing anything back. Its caller needs the
dictionary.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        np.clip(gradients[name], -maxValue, maxValue, out=gradients[name])
