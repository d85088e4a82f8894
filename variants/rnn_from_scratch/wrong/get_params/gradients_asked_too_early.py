# caught by: get_params_are_ready_for_training
"""You ask for gradients while you draw and multiply by 0.01 afterwards. The product is no leaf, so no gradient ever
arrives in it. Ask for gradients at the end.
"""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    def normal(*shape):
        return torch.randn(shape, device=device, requires_grad=True) * 0.01

    W_xh = normal(vocab_size, num_hiddens)
    W_hh = normal(num_hiddens, num_hiddens)
    b_h = torch.zeros(num_hiddens, device=device, requires_grad=True)
    W_hq = normal(num_hiddens, vocab_size)
    b_q = torch.zeros(vocab_size, device=device, requires_grad=True)
    return [W_xh, W_hh, b_h, W_hq, b_q]
