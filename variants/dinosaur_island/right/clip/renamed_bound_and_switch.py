"""Another name for the bound and a further keyword with a default: callers that pass the bound by position see no difference."""


# GRADED FUNCTION: clip
def clip(gradients, max_value, verbose=False):
    for name in gradients:
        gradients[name] = gradients[name].clip(-max_value, max_value)
        if verbose:
            print(name, np.abs(gradients[name]).max())
    return gradients
