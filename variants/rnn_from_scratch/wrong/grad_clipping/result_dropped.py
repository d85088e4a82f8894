# caught by: grad_clipping_scales_to_theta, grad_clipping_takes_modules
"""You compute scaled gradients and keep them in a variable. Write them back: in place, or into p.grad."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient = gradient * theta / norm
