# caught by: rnnmodelscratch_makes_one_hot_batches
"""Your one-hot rows are of double precision. The matrices are of single precision, and PyTorch does not multiply the two."""


# GRADED FUNCTION: RNNModelScratch
class RNNModelScratch:
    def __init__(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn):
        self.vocab_size, self.num_hiddens = vocab_size, num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state, self.forward_fn = init_state, forward_fn

    def __call__(self, X, state):
        inputs = F.one_hot(X.T, self.vocab_size).double()
        return self.forward_fn(inputs, state, self.params)

    def begin_state(self, batch_size, device):
        return self.init_state(batch_size, self.num_hiddens, device)
