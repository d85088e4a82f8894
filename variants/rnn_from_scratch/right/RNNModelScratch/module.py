"""A subclass of nn.Module with a method forward; the parameters stay in a plain list."""


# GRADED FUNCTION: RNNModelScratch
class RNNModelScratch(nn.Module):
    def __init__(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn):
        super().__init__()
        self.vocab_size = vocab_size
        self.num_hiddens = num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state = init_state
        self.forward_fn = forward_fn

    def forward(self, X, state):
        X = nn.functional.one_hot(X.t(), self.vocab_size).type(torch.float32)
        return self.forward_fn(X, state, self.params)

    def begin_state(self, batch_size, device):
        return self.init_state(batch_size, self.num_hiddens, device)
