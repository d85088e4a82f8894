# caught by: sample_feeds_back_the_draw
"""You feed back the character before the last one, so the network never sees what it has just drawn. Use the newest
index for the one-hot vector.
"""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    Waa, Wax, Wya = parameters["Waa"], parameters["Wax"], parameters["Wya"]
    by, b = parameters["by"], parameters["b"]
    vocab_size = by.shape[0]
    n_a = Waa.shape[1]
    x = np.zeros((vocab_size, 1))
    a_prev = np.zeros((n_a, 1))
    indices = []
    idx = -1
    counter = 0
    newline = char_to_ix["\n"]
    while idx != newline and counter < 50:
        a = np.tanh(np.dot(Wax, x) + np.dot(Waa, a_prev) + b)
        y = softmax(np.dot(Wya, a) + by)
        np.random.seed(counter + seed)
        idx = np.random.choice(range(vocab_size), p=y.ravel())
        indices.append(idx)
        x = np.zeros((vocab_size, 1))
        if len(indices) > 1:
            x[indices[-2]] = 1
        a_prev = a
        seed += 1
        counter += 1
    if counter == 50 and idx != newline:
        indices.append(newline)
    return indices
