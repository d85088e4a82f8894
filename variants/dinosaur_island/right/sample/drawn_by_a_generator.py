"""A generator inside draws the indices, and the arguments have other names; callers pass them by position, but for the seed."""


# GRADED FUNCTION: sample
def sample(params, vocabulary, seed):
    end = vocabulary["\n"]

    def draws():
        state, letter = np.zeros((params["Waa"].shape[0], 1)), np.zeros((len(vocabulary), 1))
        for counter in range(50):
            state, probabilities = rnn_step_forward(parameters=params, a_prev=state, x=letter)
            np.random.seed(seed + counter + counter)
            drawn = np.random.choice(len(vocabulary), p=probabilities.squeeze())
            yield drawn
            if drawn == end:
                return
            letter = np.zeros((len(vocabulary), 1))
            letter[drawn] = 1
        yield end

    return list(draws())
