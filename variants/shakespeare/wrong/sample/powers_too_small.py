# caught by: sample_survives_low_temperatures
"""At low temperatures all your exponentials are zero, and 0/0 is no probability. Subtract the largest score before you
take them.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z)
    return np.random.choice(len(q), p=q / q.sum())
