# caught by: grad_clipping_scales_to_theta
"""You clip modules of PyTorch only. A model of your own keeps its gradients, however large they are."""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    if isinstance(net, nn.Module):
        torch.nn.utils.clip_grad_norm_(net.parameters(), theta)
