"""The smoothing formula stands in the loop, a cycle hands out the names, and the printing is its own; the numbers are the same."""

from itertools import cycle, islice


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    smoothed = get_initial_loss(vocab_size, dino_names)
    state = np.zeros((n_a, 1))
    end = char_to_ix["\n"]

    names = np.array([line.strip().lower() for line in data.splitlines()])
    np.random.seed(0)
    np.random.shuffle(names)

    for j, name in enumerate(islice(cycle(names), num_iterations)):
        letters = [char_to_ix[c] for c in name]
        step_loss, _, state = optimize([None] + letters, letters + [end], state, parameters)
        smoothed = smoothed * 0.999 + step_loss * 0.001
        if j % 2000 == 0:
            print("Iteration: {}, Loss: {:.6f}\n".format(j + 1, smoothed))
            for seed in range(dino_names):
                text = "".join(ix_to_char[i] for i in sample(parameters, char_to_ix, seed))
                print(text.capitalize(), end="")
            print()
    return parameters
