# caught by: grad_clipping_scales_to_theta, grad_clipping_leaves_short_gradients
"""You ask for net.parameters() only, which your own model does not have. Its parameters are in net.params."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters()
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if norm > theta:
        for gradient in gradients:
            gradient *= theta / norm
