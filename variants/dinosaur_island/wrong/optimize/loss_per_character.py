# caught by: optimize_returns_the_loss
"""You divide the loss by the length of the name. The formula sums over the characters and leaves it at that."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss / len(X), gradients, a[len(X) - 1]
