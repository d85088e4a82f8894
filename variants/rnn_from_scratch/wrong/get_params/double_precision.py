# caught by: get_params_are_ready_for_training
"""You make tensors of double precision. The one-hot rows are of single precision, and PyTorch does not multiply the two."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, device=device) * 0.01

    def zeros(size):
        return torch.zeros(size, dtype=torch.float64, device=device)

    W_xh, W_hh, W_hq = (
        normal(vocab_size, num_hiddens),
        normal(num_hiddens, num_hiddens),
        normal(num_hiddens, vocab_size),
    )
    params = [W_xh, W_hh, zeros(num_hiddens), W_hq, zeros(vocab_size)]
    for param in params:
        param.requires_grad_(True)
    return params
