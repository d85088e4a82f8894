# caught by: sample_survives_low_temperatures
"""You add a small number so that no sum is zero, and at low temperatures it is larger than all that you add it to: then every
character is equally likely. Subtract the largest score instead.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z) + 1e-20
    return np.random.choice(len(q), p=q / q.sum())
