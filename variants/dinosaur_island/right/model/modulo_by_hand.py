"""An index of its own goes back to 0 at the end of the list, which is what the remainder does."""


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev = np.zeros((n_a, 1))

    examples = []
    for line in data.split("\n"):
        examples.append(line.lower().strip())
    np.random.seed(0)
    np.random.shuffle(examples)

    position = 0
    for j in range(num_iterations):
        name = examples[position]
        position += 1
        if position == len(examples):
            position = 0

        X = [None]
        for c in name:
            X.append(char_to_ix[c])
        Y = X[1:]
        Y.append(char_to_ix["\n"])

        curr_loss, gradients, a_prev = optimize(X, Y, a_prev, parameters, 0.01)
        loss = smooth(loss, curr_loss)

        if j % 2000 == 0:
            print(f"Iteration: {j + 1}, Loss: {loss:.6f}\n")
            for k in range(dino_names):
                sampled = sample(parameters, char_to_ix, k)
                print_sample(sampled, ix_to_char)
            print()

    return parameters
