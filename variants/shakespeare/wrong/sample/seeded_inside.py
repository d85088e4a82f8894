# caught by: sample_follows_the_probabilities, sample_follows_the_temperature
"""You set the seed inside the function, so every draw is the same one. Whoever wants repeatable draws sets the seed
outside.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    np.random.seed(0)
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
