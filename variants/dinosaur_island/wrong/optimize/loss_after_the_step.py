# caught by: optimize_returns_the_loss
"""You measure the loss again when the parameters have already moved. The surprise that counts is the one before
the step.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    loss = rnn_forward(X, Y, a_prev, parameters)[0]
    return loss, gradients, a[len(X) - 1]
