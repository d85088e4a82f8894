# caught by: sample_follows_the_temperature
"""You draw from the probabilities as they are: the temperature has no effect."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    preds = np.asarray(preds, dtype=float)
    return np.random.choice(len(preds), p=preds / preds.sum())
