"""Is wrapped by a decorator, so that it has another name than its own."""


# GRADED FUNCTION: clip
def told(function):
    def as_told(*args):
        return function(*args)

    return as_told


@told
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        np.clip(gradients[name], -maxValue, maxValue, out=gradients[name])
    return gradients
