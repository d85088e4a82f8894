# caught by: init_rnn_state_is_a_tuple_of_one
"""You return two tensors, as an LSTM needs them. This network has one in its state."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return (
        torch.zeros((batch_size, num_hiddens), device=device),
        torch.zeros((batch_size, num_hiddens), device=device),
    )
