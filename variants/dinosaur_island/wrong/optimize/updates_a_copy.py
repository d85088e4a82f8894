# caught by: optimize_steps_against_the_gradient
"""You update a copy of the parameters, and it is gone when the function ends. The caller's own arrays have to
change.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    new_parameters = copy.deepcopy(parameters)
    update_parameters(new_parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
