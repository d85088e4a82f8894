"""It clips and subtracts by itself, without `clip` and update_parameters, in place: the same numbers in another way."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = {name: np.clip(value, -5, 5) for name, value in gradients.items()}
    for name in parameters:
        parameters[name] -= learning_rate * gradients["d" + name]
    return loss, gradients, list(a.values())[-1]
