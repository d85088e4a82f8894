# caught by: sample_follows_the_temperature
"""You take the logarithm with the base 2 and the power with the base e. Both need the same base."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log2(preds) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
