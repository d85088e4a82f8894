# caught by: sample_returns_an_index, sample_follows_the_probabilities, sample_follows_the_temperature
"""You return the probability of the drawn character. The caller needs to know which character it is: return its index."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z - z.max())
    return float(q[np.random.choice(len(q), p=q / q.sum())])
