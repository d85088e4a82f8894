"""A new dictionary with new arrays: the gradients that were given stay as they are, which the task allows."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    wanted = ("dWax", "dWaa", "dWya", "db", "dby")
    return {name: np.minimum(maxValue, np.maximum(-maxValue, gradients[name])) for name in wanted}
