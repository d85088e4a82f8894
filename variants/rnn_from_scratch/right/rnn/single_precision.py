"""Computes in single precision whatever it is given, as the tensors of the notebook are."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = (param.float() for param in params)
    H = state[0].float()
    outputs = []
    for X in inputs.float():
        H = torch.tanh(X @ W_xh + H @ W_hh + b_h)
        outputs.append(H @ W_hq + b_q)
    return torch.cat(outputs, dim=0), (H,)
