# caught by: clip_returns_all_five_gradients
"""You return the five arrays without their names. The caller looks them up in a dictionary."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    names = ["dWaa", "dWax", "dWya", "db", "dby"]
    dWaa, dWax, dWya, db, dby = [np.clip(gradients[n], -maxValue, maxValue, out=gradients[n]) for n in names]
    return dWaa, dWax, dWya, db, dby
