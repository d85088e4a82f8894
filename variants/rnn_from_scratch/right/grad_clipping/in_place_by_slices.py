"""Sums the squares, and writes into the gradients by slices."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = [p for p in (net.params if hasattr(net, "params") else net.parameters()) if p.grad is not None]
    norm = torch.sqrt(sum(torch.sum((p.grad**2)) for p in params))
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm
