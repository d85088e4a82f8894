# caught by: grad_clipping_takes_modules
"""net.parameters() can be gone through once. Where you go through it again, nothing is left: make it a list."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    norm = torch.sqrt(sum((param.grad**2).sum() for param in params if param.grad is not None))
    if norm > theta:
        for param in params:
            if param.grad is not None:
                param.grad *= theta / norm
