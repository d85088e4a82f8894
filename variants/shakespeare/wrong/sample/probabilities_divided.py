# caught by: sample_follows_the_temperature
"""You divide the probabilities by the temperature, and scaling them to sum to 1 takes that back at once. Divide their
logarithms.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    q = np.asarray(preds, dtype=float) / temperature
    return np.random.choice(len(q), p=q / q.sum())
