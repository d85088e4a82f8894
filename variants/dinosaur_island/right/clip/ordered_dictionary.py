"""The result is an OrderedDict, which is a dictionary, made by a generator of pairs; the arrays are new ones."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    from collections import OrderedDict

    return OrderedDict((name, np.fmax(np.fmin(array, maxValue), -maxValue)) for name, array in gradients.items())
