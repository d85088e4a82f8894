# caught by: optimize_returns_the_loss
"""You take the index 0 for None, the zero vector. It is a character like any other."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss_X = [index or None for index in X]
    loss, cache = rnn_forward(loss_X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
