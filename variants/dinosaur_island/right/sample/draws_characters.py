"""It draws from the characters and looks their index up afterwards: the same seed picks the same place, so the name is the same."""


# GRADED FUNCTION: sample
def sample(parameters, char_to_ix, seed):
    characters = sorted(char_to_ix, key=lambda c: char_to_ix[c])
    Wax, Waa, Wya, b, by = [parameters[k] for k in ["Wax", "Waa", "Wya", "b", "by"]]
    x, a = np.zeros((len(characters), 1)), np.zeros(b.shape)
    name, counter, character = [], 0, ""
    while True:
        a = np.tanh(np.matmul(Wax, x) + np.matmul(Waa, a) + b)
        z = np.matmul(Wya, a) + by
        y = softmax(z)
        np.random.seed(seed + counter)
        character = np.random.choice(characters, size=1, p=y.flatten())[0]
        name.append(char_to_ix[character])
        if character == "\n":
            break
        x = np.array([[1.0 if c == character else 0.0] for c in characters])
        counter += 1
        seed += 1
        if counter == 50:
            name.append(char_to_ix["\n"])
            break
    return name
