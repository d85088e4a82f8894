# caught by: rnnmodelscratch_begins_states
"""You begin a state once and give the same one out again. Another batch may have another size."""


# GRADED FUNCTION: RNNModelScratch
class RNNModelScratch:
    def __init__(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn):
        self.vocab_size, self.num_hiddens = vocab_size, num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state, self.forward_fn = init_state, forward_fn

    def __call__(self, X, state):
        inputs = F.one_hot(X.T, self.vocab_size).float()  # (num_steps, batch_size, vocab_size)
        return self.forward_fn(inputs, state, self.params)

    def begin_state(self, batch_size, device):
        if not hasattr(self, "state"):
            self.state = self.init_state(batch_size, self.num_hiddens, device)
        return self.state
