"""Lets PyTorch compute the norm of the norms, and rebinds the gradients."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    if isinstance(net, nn.Module):
        params = [p for p in net.parameters() if p.requires_grad]
    else:
        params = net.params
    norm = torch.norm(torch.stack([torch.norm(p.grad) for p in params if p.grad is not None]))
    if norm > theta:
        for param in params:
            if param.grad is not None:
                param.grad = param.grad * theta / norm
