"""Makes the one-hot rows on the device of the model, wherever the batch lies."""


# GRADED FUNCTION: RNNModelScratch
class RNNModelScratch:
    def __init__(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn):
        self.vocab_size, self.num_hiddens = vocab_size, num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state, self.forward_fn = init_state, forward_fn
        self.device = device

    def __call__(self, X, state):
        inputs = F.one_hot(X.T.to(self.device), self.vocab_size).float()
        return self.forward_fn(inputs, state, self.params)

    def begin_state(self, batch_size, device):
        return self.init_state(batch_size, self.num_hiddens, device)
