"""A generator hands out the names for ever, and the indices are NumPy integers; the steps are the same."""


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev = np.zeros((n_a, 1))

    examples = [line.strip().lower() for line in data.split("\n") if line.strip()]
    np.random.seed(0)
    np.random.shuffle(examples)

    def for_ever():
        while True:
            yield from examples

    for j, name in zip(range(num_iterations), for_ever()):
        indices = [np.int64(char_to_ix[c]) for c in name]
        a_before = a_prev
        loss_now, _, a_prev = optimize([None, *indices], [*indices, char_to_ix["\n"]], a_before, parameters, 0.01)
        loss = smooth(loss, loss_now)

        if j % 2000 == 0:
            print("Iteration: " + str(j + 1) + ", Loss: " + str(round(loss, 6)) + "\n")
            for seed in range(dino_names):
                print_sample(list(sample(parameters, char_to_ix, seed)), ix_to_char)
            print()

    return parameters
