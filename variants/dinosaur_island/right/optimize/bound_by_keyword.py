"""The bound is passed by keyword, as a float, and the vocabulary size as well; nothing else differs."""


# GRADED FUNCTION: optimize
def optimize(X, Y, a_prev, parameters, learning_rate=0.01):
    vocab_size = parameters["by"].shape[0]
    loss, cache = rnn_forward(X, Y, a_prev, parameters, vocab_size=vocab_size)
    gradients, a = rnn_backward(X, Y, parameters, cache)
    gradients = clip(gradients=gradients, maxValue=5.0)
    update_parameters(parameters, gradients, lr=learning_rate)
    return loss, gradients, a[len(Y) - 1]
