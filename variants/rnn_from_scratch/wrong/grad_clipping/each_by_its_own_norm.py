# caught by: grad_clipping_scales_to_theta, grad_clipping_takes_modules
"""You measure and scale each gradient by itself, which changes the direction of the whole. One norm over all gradients,
one factor for all.
"""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    for p in params:
        if p.grad is None:
            continue
        norm = torch.sqrt((p.grad**2).sum())
        if norm > theta:
            p.grad *= theta / norm
