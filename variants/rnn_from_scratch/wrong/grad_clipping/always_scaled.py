# caught by: grad_clipping_leaves_short_gradients
"""You scale to theta whatever the norm is, so short gradients become longer. Leave them as they are."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    for gradient in gradients:
        gradient *= theta / norm
