"""The softmax is the student's own, inside the function, and subtracts the largest score first: the ratios stay the same."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    def shifted_softmax(scores):
        exponentials = np.exp(scores - scores.max())
        return exponentials / exponentials.sum()

    Waa, Wax, Wya, b, by = [parameters[key] for key in ["Waa", "Wax", "Wya", "b", "by"]]
    newline, a, x = char_to_ix["\n"], np.zeros_like(b), np.zeros_like(by)
    indices = []
    for counter in range(50):
        a = np.tanh(b + Waa @ a + Wax @ x)
        np.random.seed(counter + seed)
        seed += 1
        index = int(np.random.choice(by.size, p=shifted_softmax(by + Wya @ a).T[0]))
        indices += [index]
        if index == newline:
            break
        x = (np.arange(by.size) == index).astype(float)[:, None]
    else:
        indices += [newline]
    return indices
