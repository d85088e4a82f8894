# caught by: sample_follows_the_temperature
"""You take a temperature below 0.1 for 0.1. Any temperature above 0 counts as it is."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(preds) / max(temperature, 0.1)
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
