"""It keeps what update_parameters returns: that is the same dictionary, changed in place, so the caller sees the step too."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    # forward
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    # backward
    gradients, a = rnn_backward(X, Y, parameters, cache)
    # clip between -5 and 5
    clipped = clip(gradients, 5)
    # gradient descent
    parameters = update_parameters(parameters, clipped, learning_rate)
    return (loss, clipped, a[len(X) - 1])
