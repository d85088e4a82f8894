# caught by: sample_follows_the_temperature
"""With a low temperature you take the likeliest index in place of a draw."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    if temperature < 0.2:
        return int(np.argmax(preds))
    z = np.log(preds) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(len(q), p=q / q.sum())
