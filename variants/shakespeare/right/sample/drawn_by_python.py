"""The draw is by the random module of Python, with weights that need not sum to one. The result is a list of one index."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    import math
    import random

    largest = max(preds)
    weights = [math.exp(math.log(p / largest) / temperature) for p in preds]
    return random.choices(range(len(preds)), weights=weights)
