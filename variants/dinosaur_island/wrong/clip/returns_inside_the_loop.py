# caught by: clip_returns_all_five_gradients
"""Your return stands inside the loop, so the function ends after the first gradient. Move it one level to the left."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        np.clip(gradients[name], -maxValue, maxValue, out=gradients[name])
        return gradients
