"""It takes powers, after it has divided by the largest probability; the draw is multinomial."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    preds = np.asarray(preds).astype("float64")
    powers = (preds / preds.max()) ** (1 / temperature)
    return np.argmax(np.random.multinomial(1, powers / powers.sum(), 1))
