# caught by: sample_follows_the_temperature, sample_survives_low_temperatures
"""You multiply by the temperature where you should divide, so low temperatures make the poet bold and high ones careful."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) * temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
