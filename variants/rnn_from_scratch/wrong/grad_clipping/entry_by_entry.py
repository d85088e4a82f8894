# caught by: grad_clipping_scales_to_theta, grad_clipping_takes_modules
"""You cut off each entry, as on Dinosaur Island. Here all entries are scaled by the same factor, so that the direction
stays.
"""


# GRADED FUNCTION: grad_clipping
def grad_clipping(net, theta):
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    gradients = [param.grad for param in params if param.grad is not None]
    for gradient in gradients:
        gradient.clamp_(-theta, theta)
