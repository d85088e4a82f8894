# caught by: grad_clipping_scales_to_theta, grad_clipping_takes_modules
"""You multiply by norm / theta, which makes long gradients even longer."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient *= norm / theta
