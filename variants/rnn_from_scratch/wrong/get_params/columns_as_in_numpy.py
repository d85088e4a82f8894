# caught by: get_params_has_five_shapes
"""You give the matrices the shapes of Dinosaur Island. Here samples are rows, so each matrix has its inputs first."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(num_hiddens, vocab_size, device=device) * 0.01
    W_hh = torch.randn(num_hiddens, num_hiddens, device=device) * 0.01
    b_h = torch.zeros(num_hiddens, device=device)
    W_hq = torch.randn(vocab_size, num_hiddens, device=device) * 0.01
    b_q = torch.zeros(vocab_size, device=device)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
