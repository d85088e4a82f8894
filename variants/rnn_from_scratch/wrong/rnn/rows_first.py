# caught by: rnn_computes_the_outputs
"""You put all steps of the first row first. All rows of the first step come first."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:  # (batch_size, vocab_size)
        H = torch.tanh(X @ W_xh + H @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch_size, vocab_size)
    return torch.stack(outputs, dim=1).flatten(0, 1), (H,)
