"""Models in PyTorch that are called as the notebook's own model is: ``net(X, state)`` gives outputs and a state.

X holds indices, (batch_size, num_steps); the outputs are scores, (num_steps * batch_size, vocab_size), the first step
of all rows first; a state is a tuple with one tensor, (batch_size, num_hiddens). `net.begin_state(batch_size, device)`
makes the first one.
"""

from collections.abc import Callable, Iterable

import torch
from torch import nn

State = tuple[torch.Tensor, ...]


class FrameworkModel(nn.Module):
    """The same network with the recurrent layer of PyTorch: to compare with, and to check a training loop with."""

    def __init__(self, vocab_size: int, num_hiddens: int) -> None:
        """Draw the parameters as PyTorch does."""
        super().__init__()
        self.rnn = nn.RNN(vocab_size, num_hiddens)
        self.output = nn.Linear(num_hiddens, vocab_size)

    def forward(self, X: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Return the scores and the state after the last step."""
        one_hot = torch.eye(self.rnn.input_size, device=X.device)[X].transpose(0, 1)  # (steps, batch, vocab)
        states, last = self.rnn(one_hot, state[0].unsqueeze(0))  # (steps, batch, hiddens), (1, batch, hiddens)
        last = last.squeeze(0).clone()  # a tensor of its own: detach_() refuses what is a view of another one
        return self.output(states.flatten(0, 1)), (last,)

    def begin_state(self, batch_size: int, device: torch.device | str) -> State:
        """Return a state of zeros."""
        return (torch.zeros(batch_size, self.rnn.hidden_size, device=device),)

    def load_rows(self, params: Iterable[torch.Tensor]) -> None:
        """Take over W_xh, W_hh, b_h, W_hq and b_q of the notebook's model.

        PyTorch keeps its matrices transposed and has two biases for the state, which are added; the second one is zero
        then.
        """
        W_xh, W_hh, b_h, W_hq, b_q = (param.detach() for param in params)
        rows = {"rnn.weight_ih_l0": W_xh.T, "rnn.weight_hh_l0": W_hh.T, "rnn.bias_ih_l0": b_h}
        rows |= {"rnn.bias_hh_l0": torch.zeros_like(b_h), "output.weight": W_hq.T, "output.bias": b_q}
        self.load_state_dict(rows)


class RecordingModel(FrameworkModel):
    """A model that notes each call: the batch and the state that it was given, and the state that it returned."""

    def __init__(self, vocab_size: int, num_hiddens: int) -> None:
        """Begin with no calls."""
        super().__init__(vocab_size, num_hiddens)
        self.batches: list[torch.Tensor] = []
        self.states_given: list[torch.Tensor] = []
        self.states_returned: list[torch.Tensor] = []

    def forward(self, X: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Do what the model does, and note it."""
        self.batches.append(X.clone())
        self.states_given.append(state[0].detach().clone())
        outputs, state = super().forward(X, state)
        self.states_returned.append(state[0].detach().clone())
        return outputs, state


class ForgetfulModel(FrameworkModel):
    """A model that reads each batch from a state of zeros, whatever state it is given."""

    def forward(self, X: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Return the scores and the state after the last step."""
        return super().forward(X, self.begin_state(len(X), X.device))


class CallBackModel:
    """A model made of two functions: what it answers, and what it was asked, is a check's own business."""

    def __init__(
        self,
        forward: Callable[[torch.Tensor, State], tuple[torch.Tensor, State]],
        begin_state: Callable[[int, torch.device], State],
    ) -> None:
        """Keep the two functions."""
        self._forward, self._begin_state = forward, begin_state

    def __call__(self, X: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Return what the first function answers."""
        return self._forward(X, state)

    def begin_state(self, batch_size: int, device: torch.device) -> State:
        """Return what the second function answers."""
        return self._begin_state(batch_size, device)
