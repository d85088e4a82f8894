"""It adds Gumbel noise to the scores and takes the largest: this draws with the same probabilities and needs no exponential."""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    scores = np.log(preds) / temperature
    return (scores + np.random.gumbel(size=len(scores))).argmax()
