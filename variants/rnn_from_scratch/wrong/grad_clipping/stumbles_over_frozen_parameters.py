# caught by: grad_clipping_takes_modules
"""A parameter that is frozen has the gradient None, and you compute with it. Pass over it."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
