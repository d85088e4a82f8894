"""Boolean masks overwrite what lies beyond the bounds, in the arrays that were given; everything else is untouched."""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for key in ["dWaa", "dWax", "dWya", "db", "dby"]:
        grad = gradients[key]
        grad[grad > maxValue] = maxValue
        grad[grad < -maxValue] = -maxValue
    return gradients
