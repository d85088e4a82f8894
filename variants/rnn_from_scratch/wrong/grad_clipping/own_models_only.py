# caught by: grad_clipping_takes_modules
"""You look for net.params only, which a module of PyTorch does not have. Its parameters come from net.parameters()."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
