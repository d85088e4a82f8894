"""The step is `rnn_step_forward` from utils, and the draw is made over the values of char_to_ix; the formulas are the same."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    vocabulary = list(char_to_ix.values())
    x = np.zeros((parameters["Wax"].shape[1], 1))
    a = np.zeros((parameters["Waa"].shape[0], 1))
    idx, counter, indices = None, 0, []

    while idx != char_to_ix["\n"] and counter < 50:
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(counter + seed)
        idx = np.random.choice(vocabulary, p=np.squeeze(y))
        indices.append(idx)
        x.fill(0)
        x[idx, 0] = 1.0
        counter, seed = counter + 1, seed + 1

    return indices + [char_to_ix["\n"]] if idx != char_to_ix["\n"] else indices
