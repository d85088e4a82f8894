# caught by: init_rnn_state_is_zero_for_each_row
"""You make one column for each sample. Here samples are rows: (batch_size, num_hiddens)."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (torch.zeros((num_hiddens, batch_size), device=device),)
