# caught by: rnn_lets_gradients_through
"""You take the numbers out of the state with .data, so no gradient comes back through it."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state  # the first state needs its gradient
    outputs = []
    for X in inputs:  # (batch_size, vocab_size)
        H = torch.tanh(X @ W_xh + H.data @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch_size, vocab_size)
    return torch.cat(outputs, dim=0), (H,)
