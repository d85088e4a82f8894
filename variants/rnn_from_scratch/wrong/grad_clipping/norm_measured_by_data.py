# caught by: grad_clipping_scales_to_theta, grad_clipping_leaves_short_gradients, grad_clipping_takes_modules
"""You compute the norm of the parameters, p.data. It is the norm of the gradients that counts."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    everything = net.parameters() if isinstance(net, nn.Module) else net.params
    norm = torch.sqrt(sum((param.data**2).sum() for param in everything))
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
