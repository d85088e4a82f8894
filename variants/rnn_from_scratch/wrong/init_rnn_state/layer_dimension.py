# caught by: init_rnn_state_is_zero_for_each_row
"""Your state has a dimension for the layers, as torch.nn.RNN has it. Here a state is (batch_size, num_hiddens)."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (torch.zeros((1, batch_size, num_hiddens), device=device),)
