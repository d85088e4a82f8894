# caught by: sample_returns_an_index
"""You draw from 38 characters whatever the vocabulary. The length of preds says how many there are."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.zeros(38)
    q[: len(z)] = np.exp(z - z.max())[:38]
    return np.random.choice(38, p=q / q.sum())
