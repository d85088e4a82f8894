# caught by: clip_returns_all_five_gradients
"""You clip the numbers one by one and collect them in a flat list, so the arrays lose their rows and columns. The
result needs the shapes that came in.
"""


# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    for name in ("dWaa", "dWax", "dWya", "db", "dby"):
        gradients[name] = [min(max(value, -maxValue), maxValue) for value in gradients[name].ravel()]
    return gradients
