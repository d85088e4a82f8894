# caught by: get_params_has_five_shapes
"""You write 28 where the vocabulary has to stand. Another text has another vocabulary: use vocab_size."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(28, num_hiddens, device=device) * 0.01
    W_hh = torch.randn(num_hiddens, num_hiddens, device=device) * 0.01
    b_h = torch.zeros(num_hiddens, device=device)
    W_hq = torch.randn(num_hiddens, 28, device=device) * 0.01
    b_q = torch.zeros(28, device=device)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
