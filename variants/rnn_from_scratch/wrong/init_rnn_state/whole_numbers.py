# caught by: init_rnn_state_is_zero_for_each_row
"""Your zeros are whole numbers. The matrices are floats, and PyTorch does not multiply the two."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (torch.zeros((batch_size, num_hiddens), dtype=torch.int64, device=device),)
