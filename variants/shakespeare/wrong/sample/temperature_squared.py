# caught by: sample_follows_the_temperature
"""You divide by the temperature twice: once in the logarithm, and once more in the exponential."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp((z - z.max()) / temperature)
    return np.random.choice(len(q), p=q / q.sum())
