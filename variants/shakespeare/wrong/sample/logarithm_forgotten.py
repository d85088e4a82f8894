# caught by: sample_follows_the_probabilities, sample_follows_the_temperature
"""You take the softmax of the probabilities themselves: without the logarithm, likely and unlikely characters become
nearly alike.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.asarray(preds, dtype=float) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
