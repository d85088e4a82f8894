# caught by: get_params_are_ready_for_training
"""You draw the parameters where PyTorch puts them by default. On a GPU the model would then be on another device than
its inputs. Hand device on.
"""


# GRADED FUNCTION: get_params
def get_params(vocab_size, num_hiddens, device):
    W_xh = torch.randn(vocab_size, num_hiddens) * 0.01
    W_hh = torch.randn(num_hiddens, num_hiddens) * 0.01
    b_h = torch.zeros(num_hiddens)
    W_hq = torch.randn(num_hiddens, vocab_size) * 0.01
    b_q = torch.zeros(vocab_size)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.requires_grad_(True)
    return params
