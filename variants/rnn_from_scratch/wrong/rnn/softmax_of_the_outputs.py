# caught by: rnn_computes_the_outputs
"""You return probabilities. The loss of PyTorch takes the softmax itself, so return the scores."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:  # (batch_size, vocab_size)
        H = torch.tanh(X @ W_xh + H @ W_hh + b_h)  # (batch_size, num_hiddens)
        outputs.append(torch.softmax(H @ W_hq + b_q, dim=1))  # (batch_size, vocab_size)
    return torch.cat(outputs, dim=0), (H,)
