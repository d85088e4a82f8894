# caught by: grad_clipping_scales_to_theta, grad_clipping_leaves_short_gradients, grad_clipping_takes_modules
"""You forget the square root: the norm is the root of the sum of squares."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = sum((gradient**2).sum() for gradient in gradients)
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
