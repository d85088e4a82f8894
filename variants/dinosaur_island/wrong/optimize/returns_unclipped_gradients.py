# caught by: optimize_clips_before_it_updates
"""You update with the clipped gradients and return the ones from before clipping. Return those that you have used."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    clipped = clip(copy.deepcopy(gradients), 5)
    update_parameters(parameters, clipped, learning_rate)
    return loss, gradients, a[len(X) - 1]
