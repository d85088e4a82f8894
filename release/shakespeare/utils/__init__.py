"""The building blocks that the student notebooks import: a character-level RNN in NumPy, its data and its checks.

Glossary (columns are samples, as in the notebooks):

======== ============ ==================================================
symbol   shape        meaning
======== ============ ==================================================
``n_x``  int          characters in the vocabulary, size of the input
``n_y``  int          the same for the output
``n_a``  int          hidden units
``Wax``  (n_a, n_x)   input to hidden state
``Waa``  (n_a, n_a)   hidden state to hidden state
``Wya``  (n_y, n_a)   hidden state to output
``b``    (n_a, 1)     bias of the hidden state
``by``   (n_y, 1)     bias of the output
``dWax`` (n_a, n_x)   gradient of the loss by ``Wax``; so for all others
======== ============ ==================================================
"""

from utils.rnn import (
    initialize_parameters,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    softmax,
    update_parameters,
)
from utils.text import char_to_ix, ix_to_char, load_names, print_sample, vocabulary
from utils.training import TrainingLog, get_initial_loss, smooth

__all__ = [
    "TrainingLog",
    "char_to_ix",
    "get_initial_loss",
    "initialize_parameters",
    "ix_to_char",
    "load_names",
    "print_sample",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "smooth",
    "softmax",
    "update_parameters",
    "vocabulary",
]
