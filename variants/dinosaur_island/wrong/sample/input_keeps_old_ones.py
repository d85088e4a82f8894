# caught by: sample_feeds_back_the_draw
"""You set a one for each drawn character and never clear the earlier ones, so the input soon stands for several
characters. Start each one-hot vector from zeros.
"""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    x = np.zeros((len(char_to_ix), 1))
    a = np.zeros((parameters["Waa"].shape[0], 1))
    indices = []
    for counter in range(50):
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(counter + seed)
        idx = np.random.choice(len(y), p=y.ravel())
        indices.append(idx)
        if idx == char_to_ix["\n"]:
            return indices
        x[idx] = 1
        seed += 1
    return indices + [char_to_ix["\n"]]
