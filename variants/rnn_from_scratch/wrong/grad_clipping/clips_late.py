# caught by: grad_clipping_scales_to_theta
"""You clip only what is far above theta. The bound is theta itself."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > 1.5 * theta:
        for gradient in gradients:
            gradient *= theta / norm
