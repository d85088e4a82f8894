# caught by: sample_follows_the_probabilities, sample_follows_the_temperature, sample_survives_low_temperatures
"""You draw without handing over the probabilities, so all characters are equally likely and the poet has no say."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    return np.random.choice(len(z))
