# caught by: optimize_clips_before_it_updates
"""Your bound grows with the learning rate. It is 5, whatever the rate."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 500 * learning_rate)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
