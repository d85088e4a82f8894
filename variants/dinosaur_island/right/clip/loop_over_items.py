"""Every entry is clipped, whatever it is called: a further one, such as da_next, would survive, and the five are right."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    clipped = copy.deepcopy(gradients)
    for name, values in gradients.items():
        clipped[name] = np.clip(values, a_min=-maxValue, a_max=maxValue)
    return clipped
