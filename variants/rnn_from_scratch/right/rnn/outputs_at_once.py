"""Multiplies the inputs and the outputs of all steps at once; only the state needs the loop."""


# GRADED FUNCTION: rnn
def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    states = []
    for from_input in inputs @ W_xh + b_h:
        H = (from_input + H.matmul(W_hh)).tanh()
        states.append(H)
    return torch.stack(states).reshape(-1, W_hh.shape[0]) @ W_hq + b_q, (H,)
