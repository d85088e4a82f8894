"""Computes in the array that it is given."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    np.log(preds, out=preds)
    preds /= temperature
    preds -= preds.max()
    np.exp(preds, out=preds)
    preds /= preds.sum()
    return int(np.random.choice(preds.size, p=preds))
