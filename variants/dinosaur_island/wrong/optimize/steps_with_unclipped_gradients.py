# caught by: optimize_clips_before_it_updates
"""You clip a copy and return it, but the parameters move by the gradients from before. Update with what you have
clipped.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    clipped = clip(copy.deepcopy(gradients), 5)
    update_parameters(parameters, gradients, learning_rate)
    return loss, clipped, a[len(X) - 1]
