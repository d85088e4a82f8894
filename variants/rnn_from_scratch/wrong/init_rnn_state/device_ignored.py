# caught by: init_rnn_state_is_zero_for_each_row
"""You make the state where PyTorch puts it by default. On a GPU it would then be on another device than the parameters.
Hand device on.
"""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (torch.zeros((batch_size, num_hiddens)),)
