# caught by: sample_feeds_back_the_draw
"""You put the one in the row beside the drawn index, so the network reads the neighbouring letter. The indices
start at 0, as the rows do.
"""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    vocab_size, n_a = len(char_to_ix), parameters["b"].shape[0]
    x, a, indices, counter = np.zeros((vocab_size, 1)), np.zeros((n_a, 1)), [], 0
    while counter < 50 and (not indices or indices[-1] != char_to_ix["\n"]):
        a, y = rnn_step_forward(parameters, a, x)
        np.random.seed(counter + seed)
        indices.append(np.random.choice(vocab_size, p=y[:, 0]))
        x = np.zeros((vocab_size, 1))
        x[indices[-1] - 1] = 1
        counter += 1
        seed += 1
    if indices[-1] != char_to_ix["\n"]:
        indices.append(char_to_ix["\n"])
    return indices
