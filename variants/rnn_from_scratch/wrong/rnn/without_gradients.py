# caught by: rnn_lets_gradients_through
"""You compute under no_grad, so PyTorch notes nothing and training cannot go back."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs.detach():  # (batch_size, vocab_size)
        with torch.no_grad():
            H = torch.tanh(X @ W_xh + H @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch_size, vocab_size)
    return torch.cat(outputs, dim=0), (H,)
