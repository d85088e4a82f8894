"""Makes the zeros another way and puts them into a tuple of one by tuple()."""


# GRADED FUNCTION: init_rnn_state
def init_rnn_state(batch_size, num_hiddens, device):
    H = torch.full([batch_size, num_hiddens], 0.0).to(device)
    return tuple([H])
