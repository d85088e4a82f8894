# caught by: optimize_returns_the_last_state
"""You index the states as if they were a list, but they are a dictionary of time steps, in which -1 stands for the
state before the first one. Ask for the last step by its number.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[-1]
