"""Takes a list of parameters as well, and multiplies always, by 1 where the norm is short."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    if isinstance(net, (list, tuple)):
        params = list(net)
    elif isinstance(net, nn.Module):
        params = list(net.parameters())
    else:
        params = net.params
    grads = [p.grad.data for p in params if p.grad is not None]
    norm = math.sqrt(sum(float((g * g).sum()) for g in grads))
    scale = min(1.0, theta / norm)
    for g in grads:
        g.mul_(scale)
