# caught by: optimize_clips_before_it_updates
"""You clip to another bound than the text asks for, so larger steps slip through. Read the last line of the
section once more.
"""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    loss, cache = rnn_forward(X, Y, a_prev, parameters)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients, maxValue=10)
    update_parameters(parameters, gradients, learning_rate)
    return loss, gradients, a[len(X) - 1]
