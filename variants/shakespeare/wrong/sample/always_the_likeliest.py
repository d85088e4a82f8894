# caught by: sample_follows_the_probabilities, sample_follows_the_temperature
"""You take the likeliest character each time, so the poet writes the same line over and over. Draw from the probabilities."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    return int(np.argmax(z))
