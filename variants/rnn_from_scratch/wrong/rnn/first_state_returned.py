# caught by: rnn_goes_from_state_to_state
"""You return the state that you were given. The next batch needs the one after the last step."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:  # (batch_size, vocab_size)
        H = torch.tanh(X @ W_xh + H @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch_size, vocab_size)
    return torch.cat(outputs, dim=0), state
