# caught by: get_params_draws_small_normal_weights
"""You draw the biases as you draw the weights. They start from zero."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(vocab_size, num_hiddens, device=device) * 0.01
    W_hh = torch.randn(num_hiddens, num_hiddens, device=device) * 0.01
    b_h = torch.randn(num_hiddens, device=device) * 0.01
    W_hq = torch.randn(num_hiddens, vocab_size, device=device) * 0.01
    b_q = torch.randn(vocab_size, device=device) * 0.01
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
