"""The result is a list of NumPy integers, drawn from np.arange: they index and compare like Python's own."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    vocab_size = parameters["Wax"].shape[1]
    x = np.zeros(vocab_size)
    a = np.zeros(parameters["Waa"].shape[0])
    newline = np.int64(char_to_ix["\n"])
    indices = np.array([], dtype=np.int64)
    counter = 0
    while newline not in indices and counter < 50:
        a = np.tanh(parameters["Wax"].dot(x) + parameters["Waa"].dot(a) + parameters["b"].ravel())
        y = softmax(parameters["Wya"].dot(a) + parameters["by"].ravel())
        np.random.seed(counter + seed)
        idx = np.random.choice(np.arange(vocab_size), p=y)
        indices = np.append(indices, idx)
        x = np.zeros(vocab_size)
        x[idx] = 1
        seed += 1
        counter += 1
    if newline not in indices:
        indices = np.append(indices, newline)
    return list(indices)
