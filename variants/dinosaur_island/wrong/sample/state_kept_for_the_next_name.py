# caught by: sample_starts_from_zeros
"""You keep the state for the next name. Each name starts from zeros."""

# GRADED FUNCTION: sample
states = {}


def sample(parameters, char_to_ix, seed):
    Waa, Wax, Wya, b, by = (parameters[name] for name in ("Waa", "Wax", "Wya", "b", "by"))
    x, a = np.zeros((Wax.shape[1], 1)), states.get(Waa.shape[0], np.zeros((Waa.shape[0], 1)))
    newline, indices, counter = char_to_ix["\n"], [], 0
    while counter < 50 and newline not in indices:
        a = np.tanh(Wax @ x + Waa @ a + b)
        y = softmax(Wya @ a + by)
        np.random.seed(counter + seed)
        indices.append(np.random.choice(len(y), p=y.ravel()))
        x = np.zeros_like(x)
        x[indices[-1]] = 1
        counter, seed = counter + 1, seed + 1
    states[Waa.shape[0]] = a
    return indices if indices[-1] == newline else [*indices, newline]
