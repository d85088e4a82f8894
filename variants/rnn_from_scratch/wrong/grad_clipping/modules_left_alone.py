# caught by: grad_clipping_takes_modules
"""You leave the gradients of a module as they are. Both kinds of model are clipped."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    if isinstance(net, nn.Module):
        return
    params = net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
