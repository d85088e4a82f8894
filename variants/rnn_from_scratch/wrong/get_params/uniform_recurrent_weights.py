# caught by: get_params_draws_small_normal_weights
"""You draw W_hh from a uniform distribution. All three matrices come from a normal one, with standard deviation 0.01."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(vocab_size, num_hiddens, device=device) * 0.01
    W_hh = (torch.rand(num_hiddens, num_hiddens, device=device) - 0.5) * 0.02 * 3**0.5
    b_h = torch.zeros(num_hiddens, device=device)
    W_hq = torch.randn(num_hiddens, vocab_size, device=device) * 0.01
    b_q = torch.zeros(vocab_size, device=device)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
