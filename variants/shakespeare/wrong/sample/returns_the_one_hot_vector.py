# caught by: sample_returns_an_index, sample_follows_the_probabilities, sample_follows_the_temperature
"""np.random.multinomial returns a vector with a one where the draw fell. You return this vector, but the caller needs its
index.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z - z.max())
    return np.random.multinomial(1, q / q.sum())
