# caught by: optimize_clips_before_it_updates
"""You use the gradients as they come, so one exploding step can undo all that the network has learned. You have
written a function against that.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
