# caught by: sample_returns_an_index, sample_follows_the_probabilities, sample_follows_the_temperature, sample_survives_low_temperatures
"""You count the characters from 1, so each index is one too large. The first character has the index 0."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(np.arange(1, len(q) + 1), p=q / q.sum())
