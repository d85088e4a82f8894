# caught by: get_params_draws_small_normal_weights
"""You draw W_xh and use it once more, transposed, for W_hq. Each entry of a matrix is drawn by itself."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(vocab_size, num_hiddens, device=device) * 0.01
    W_hh = torch.randn(num_hiddens, num_hiddens, device=device) * 0.01
    b_h = torch.zeros(num_hiddens, device=device)
    W_hq = W_xh.T.clone()
    b_q = torch.zeros(vocab_size, device=device)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
