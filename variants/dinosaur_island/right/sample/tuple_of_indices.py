"""The result is a tuple: it has the same indices in the same order, and print_sample takes it as it takes a list."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    x = np.zeros((parameters["Wax"].shape[1], 1))
    a = np.zeros((parameters["Wax"].shape[0], 1))
    drawn = ()
    while len(drawn) < 50 and char_to_ix["\n"] not in drawn:
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(seed + 2 * len(drawn))
        drawn = (*drawn, np.random.choice(np.arange(len(x)), p=y.flatten()))
        x = np.eye(len(x))[:, [drawn[-1]]]
    return drawn if char_to_ix["\n"] in drawn else (*drawn, char_to_ix["\n"])
