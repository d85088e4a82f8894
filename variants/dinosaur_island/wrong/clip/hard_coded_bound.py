# caught by: clip_respects_both_bounds
"""You clip to a number that stands in your code, so the argument maxValue has no effect. Let the argument decide."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    dWaa, dWax, dWya = gradients["dWaa"], gradients["dWax"], gradients["dWya"]
    db, dby = gradients["db"], gradients["dby"]
    for g in (dWaa, dWax, dWya, db, dby):
        np.clip(g, -10, 10, out=g)
    return {"dWaa": dWaa, "dWax": dWax, "dWya": dWya, "db": db, "dby": dby}
