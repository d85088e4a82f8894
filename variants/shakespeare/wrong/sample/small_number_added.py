# caught by: sample_follows_the_temperature
"""You add a small number to the probabilities before the logarithm. They are positive, and it makes what is rare too likely."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds) + 1e-3) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
