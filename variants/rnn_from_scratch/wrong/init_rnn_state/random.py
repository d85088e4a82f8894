# caught by: init_rnn_state_is_zero_for_each_row
"""You begin with a random state. Before the first character there is nothing to remember: zeros."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (torch.randn((batch_size, num_hiddens), device=device),)
