"""Wraps finished tensors in nn.Parameter, which asks for gradients by itself."""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    def normal(*shape):
        return nn.Parameter(torch.normal(0, 0.01, size=shape, device=device))

    def zeros(size):
        return nn.Parameter(torch.zeros(size, device=device))

    num_inputs = num_outputs = vocab_size
    return [
        normal(num_inputs, num_hiddens),
        normal(num_hiddens, num_hiddens),
        zeros(num_hiddens),
        normal(num_hiddens, num_outputs),
        zeros(num_outputs),
    ]
