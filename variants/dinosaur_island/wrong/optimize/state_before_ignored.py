# caught by: optimize_returns_the_last_state
"""You start the forward pass from zeros in place of the state that you are given, so the network forgets the last
name. Look for an argument that you never use.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    a0 = np.zeros(parameters["b"].shape)
    loss, cache = rnn_forward(X, Y, a0, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
