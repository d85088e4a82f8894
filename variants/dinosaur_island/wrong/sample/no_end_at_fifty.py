# caught by: sample_ends_with_one_newline
"""You wait for the newline however long it takes, and a network may never draw it. A name needs a second reason to
stop.
"""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    x = np.zeros((parameters["Wax"].shape[1], 1))
    a = np.zeros((parameters["Waa"].shape[0], 1))
    indices = []
    counter = 0
    while True:
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(counter + seed)
        idx = np.random.choice(list(char_to_ix.values()), p=y.ravel())
        indices.append(idx)
        if idx == char_to_ix["\n"]:
            return indices
        x = np.zeros_like(x)
        x[idx] = 1
        counter += 1
        seed += 1
