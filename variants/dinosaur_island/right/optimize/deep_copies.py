"""It works on deep copies of the gradients and of the state, and writes the new values into the arrays that it was given."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(list(X), list(Y), a_prev.copy(), parameters)
    raw, states = rnn_backward(X, Y, parameters, cache)
    gradients = clip(copy.deepcopy(raw), 5)
    for name, array in parameters.items():
        array[...] = array - learning_rate * gradients["d" + name]
    return loss, gradients, copy.deepcopy(states[len(X) - 1])
