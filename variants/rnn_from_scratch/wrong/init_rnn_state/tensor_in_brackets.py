# caught by: init_rnn_state_is_a_tuple_of_one
"""You return the tensor itself: brackets alone make no tuple. The comma does: (H,)."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    return torch.zeros((batch_size, num_hiddens), device=device)
