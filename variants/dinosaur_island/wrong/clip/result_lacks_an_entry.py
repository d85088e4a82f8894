# caught by: clip_returns_all_five_gradients
"""You build a new dictionary and leave one of the gradients out of it. Everything that you clip has to be in the
result.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    dWaa = np.clip(gradients["dWaa"], -maxValue, maxValue)
    dWax = np.clip(gradients["dWax"], -maxValue, maxValue)
    dWya = np.clip(gradients["dWya"], -maxValue, maxValue)
    dby = np.clip(gradients["dby"], -maxValue, maxValue)
    return {"dWaa": dWaa, "dWax": dWax, "dWya": dWya, "dby": dby}
