# caught by: rnnmodelscratch_calls_its_functions
"""You call forward_fn without gradients. Then the network can be used, and never learns."""


# GRADED FUNCTION: RNNModelScratch
class RNNModelScratch:
    def __init__(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn):
        self.vocab_size, self.num_hiddens = vocab_size, num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state, self.forward_fn = init_state, forward_fn

    def __call__(self, X, state):
        inputs = F.one_hot(X.T, self.vocab_size).float()
        with torch.no_grad():
            return self.forward_fn(inputs, state, self.params)

    def begin_state(self, batch_size, device):
        return self.init_state(batch_size, self.num_hiddens, device)
