# caught by: sample_ends_with_one_newline
"""You stop at the newline without keeping it, so the list does not show where the name ends. Its last index should
be that of the newline.
"""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    x = np.zeros((len(char_to_ix), 1))
    a = np.zeros((parameters["Waa"].shape[0], 1))
    indices = []
    for counter in range(50):
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(counter + seed + counter)
        idx = np.random.choice(len(y), p=y.flatten())
        if idx == char_to_ix["\n"]:
            break
        indices.append(idx)
        x = np.zeros_like(x)
        x[idx, 0] = 1
    return indices
