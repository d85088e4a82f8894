"""`choice` and `seed` are imported inside the function; they are those of np.random, so every draw is the same."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    from numpy.random import choice
    from numpy.random import seed as set_seed

    n = len(char_to_ix)
    x = np.zeros((n, 1))
    a = np.zeros((len(parameters["b"]), 1))
    end = char_to_ix["\n"]
    letters = []
    for counter in range(50):
        a = np.tanh(parameters["b"] + parameters["Waa"] @ a + parameters["Wax"] @ x)
        probs = softmax(parameters["by"] + parameters["Wya"] @ a)
        set_seed(2 * counter + seed)  # counter and seed both grow by one
        i = choice(n, p=probs[:, 0])
        letters.append(int(i))
        if i == end:
            return letters
        x = np.eye(n)[:, i].reshape(-1, 1)
    letters.append(end)
    return letters
