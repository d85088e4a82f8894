# caught by: get_params_draws_small_normal_weights
"""You forget to scale the drawn weights to a standard deviation of 0.01. With weights of size one the states are at the
ends of tanh, where nothing can be learned.
"""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(vocab_size, num_hiddens, device=device)
    W_hh = torch.randn(num_hiddens, num_hiddens, device=device)
    b_h = torch.zeros(num_hiddens, device=device)
    W_hq = torch.randn(num_hiddens, vocab_size, device=device)
    b_q = torch.zeros(vocab_size, device=device)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
