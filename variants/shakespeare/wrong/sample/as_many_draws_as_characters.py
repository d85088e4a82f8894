# caught by: sample_returns_an_index
"""The second argument of np.random.choice is how many draws you want, and you hand it the size of the vocabulary. One
character is asked for.
"""


# GRADED FUNCTION: sample
def sample(preds, temperature=1.0):
    z = np.log(np.asarray(preds, dtype=float)) / temperature
    q = np.exp(z - z.max())
    return np.random.choice(range(len(q)), len(q), p=q / q.sum())
