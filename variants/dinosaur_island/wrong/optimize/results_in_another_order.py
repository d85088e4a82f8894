# caught by: optimize_returns_the_gradients, optimize_returns_the_last_state
"""You return the state second and the gradients third, so the caller takes each for the other. The docstring says
in which order they come.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss, a[len(X) - 1], gradients
