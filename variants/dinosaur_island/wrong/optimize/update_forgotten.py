# caught by: optimize_steps_against_the_gradient
"""You compute the gradients and then do nothing with them: the parameters are the same after the step, and the
network never learns. One of the four parts is missing.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    return loss, gradients, a[len(X) - 1]
