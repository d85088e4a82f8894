# caught by: optimize_returns_the_gradients
"""You return None in the place of the gradients, as if a function that returns something had not. Keep what the
clipping gives you and hand it back.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    grads, a = rnn_backward(X, Y, parameters, cache)
    grads = clip(grads, 5)
    gradients = parameters.update(update_parameters(parameters, grads, learning_rate))
    return loss, gradients, a[len(X) - 1]
