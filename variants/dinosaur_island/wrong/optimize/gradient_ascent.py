# caught by: optimize_steps_against_the_gradient
"""You move the parameters along their gradients, and that makes the loss grow. Look at the sign in the formula of
the step.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    for name in parameters:
        parameters[name] += learning_rate * gradients["d" + name]
    return loss, gradients, a[len(X) - 1]
