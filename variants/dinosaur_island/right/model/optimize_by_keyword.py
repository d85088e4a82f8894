"""All arguments of `optimize` and `sample` are passed by keyword, and the targets are built before the inputs."""


# GRADED FUNCTION: model
def model(data, ix_to_char, char_to_ix, num_iterations=35000, n_a=50, dino_names=7, vocab_size=27):
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev = np.zeros((n_a, 1))

    examples = list(map(str.strip, data.lower().splitlines()))
    np.random.seed(0)
    np.random.shuffle(examples)

    for j in range(num_iterations):
        Y = [char_to_ix[c] for c in examples[j % len(examples)] + "\n"]
        X = [None, *Y[:-1]]
        current, grads, a_prev = optimize(X=X, Y=Y, a_prev=a_prev, parameters=parameters, learning_rate=0.01)
        loss = smooth(loss=loss, cur_loss=current)

        if j % 2000 == 0:
            print(f"Iteration: {j + 1}, Loss: {loss:.6f}\n")
            [
                print_sample(sample(parameters=parameters, char_to_ix=char_to_ix, seed=s), ix_to_char)
                for s in range(dino_names)
            ]
            print()

    return parameters
