"""Makes empty tensors that require gradients and fills them in place without noting it; it returns a tuple."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    shapes = [
        (vocab_size, num_hiddens),
        (num_hiddens, num_hiddens),
        (num_hiddens,),
        (num_hiddens, vocab_size),
        (vocab_size,),
    ]
    params = tuple(torch.empty(shape, device=device, requires_grad=True) for shape in shapes)
    for param in params:
        if param.dim() == 2:
            nn.init.normal_(param, mean=0.0, std=0.01)
        else:
            nn.init.zeros_(param)
    return params
