# caught by: model_builds_inputs_and_targets, model_walks_through_the_shuffled_names
"""You compute the index of a letter from its code. It stands in char_to_ix."""


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev = np.zeros((n_a, 1))
    examples = [line.strip().lower() for line in data.splitlines()]
    np.random.seed(0)
    np.random.shuffle(examples)
    for j in range(num_iterations):
        name = examples[j % len(examples)]
        X = [None] + [ord(c) - 96 for c in name]
        Y = X[1:] + [char_to_ix["\n"]]
        current_loss, gradients, a_prev = optimize(X, Y, a_prev, parameters, learning_rate=0.01)
        loss = smooth(loss, current_loss)
        if j % 2000 == 0:
            print(f"Iteration: {j + 1}, Loss: {loss:.6f}\n")
            for seed in range(dino_names):
                print_sample(sample(parameters, char_to_ix, seed), ix_to_char)
            print()
    return parameters
