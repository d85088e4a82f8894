"""It looks up a uniform number in the running sum of the probabilities, and returns a plain int."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    logits = np.log(preds) / temperature
    logits = logits - np.max(logits)
    running = np.cumsum(np.exp(logits))
    return int(np.searchsorted(running, np.random.rand() * running[-1], side="right"))
