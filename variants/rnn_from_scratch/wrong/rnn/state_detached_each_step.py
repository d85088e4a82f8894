# caught by: rnn_lets_gradients_through
"""You cut the graph at each step, so that no gradient comes back from later characters. Only the training loop
detaches, between batches.
"""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:  # (batch_size, vocab_size)
        H = torch.tanh(X @ W_xh + H.detach() @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch_size, vocab_size)
    return torch.cat(outputs, dim=0), (H,)
