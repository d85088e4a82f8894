"""A network that continues a poem: two LSTM layers in PyTorch, its weights, its training and its writing.

Needs PyTorch, safetensors and tqdm, which nothing else in `utils` imports.

======== ================= ==========================================
symbol   shape             meaning
======== ================= ==========================================
``m``    int               examples, or those of a batch
``Tx``   int               characters in a window
``n_x``  int               characters in the vocabulary
``n_a``  int               hidden units of a layer
``x``    (m, Tx, n_x)      windows, one-hot
``y``    (m, n_x)          the characters that follow them, one-hot
======== ================= ==========================================
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

try:
    import torch
    from safetensors import SafetensorError, safe_open
    from torch import Tensor, nn
    from torch.nn.functional import cross_entropy, one_hot
    from tqdm import tqdm  # a plain bar: tqdm.auto wants ipywidgets
except ImportError as missing:
    raise ImportError(
        f"The poem generator needs PyTorch, safetensors and tqdm, and {missing.name} is not installed. "
        "Install what it needs, for example by: pip install torch pooch safetensors tqdm"
    ) from missing

Array = NDArray[np.float64]


class Poet(nn.Module):
    """Reads a window of one-hot characters and scores each character as the next one."""

    def __init__(self, n_x: int = 38, n_a: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_x, n_a, num_layers=2, dropout=dropout, batch_first=True)  # dropout between the layers
        self.dropout = nn.Dropout(dropout)  # and after the second one
        self.dense = nn.Linear(n_a, n_x)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (logits) of the next character, (m, n_x), for windows of the shape (m, Tx, n_x)."""
        states, _ = self.lstm(x)  # (m, Tx, n_a)
        scores: Tensor = self.dense(self.dropout(states[:, -1]))  # (m, n_x)
        return scores


@dataclass(frozen=True)
class Training:
    """What a file of weights says about how they were made."""

    epochs: int
    loss: float  # mean cross-entropy in the last epoch, dropout included, in nats a character
    seed: int
    vocabulary: str  # the characters in the order of their indices
    torch: str  # the version that trained them


class WeightsError(ValueError):
    """A file of weights is missing, damaged, or of another model; the sentence says which file and why."""


def load_poet(path: str | Path) -> tuple[Poet, Training]:
    """Return the model of a safetensors file, and how it was trained.

    Raises:
        WeightsError: there is no such file, or it holds no poet.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(
            f"There is no file {path.resolve()}. The weights belong beside the notebook: copy them back."
        )
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 # it is no dictionary
        training = Training(
            int(said["epochs"]), float(said["loss"]), int(said["seed"]), said["vocabulary"], said["torch"]
        )
        n_x, n_a = weights["dense.weight"].shape
        poet = Poet(n_x, n_a)
        poet.load_state_dict(weights)
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path.resolve()} holds no weights of a poet: {error}. Copy the file anew.") from error
    if n_x != len(training.vocabulary):
        raise WeightsError(f"{path.resolve()} has {n_x} outputs, but {len(training.vocabulary)} characters.")
    return poet.eval(), training


def train_epoch(
    poet: Poet,
    optimizer: torch.optim.Optimizer,
    x: NDArray[np.generic],
    y: NDArray[np.generic],
    batch_size: int = 128,
    batches: int | None = None,
    progress: bool = True,
) -> list[float]:
    """Train on shuffled batches, and return the loss of each: the mean cross-entropy in nats a character.

    Args:
        poet: changed in place.
        optimizer: that of the poet's parameters.
        x: windows, one-hot, (m, Tx, n_x).
        y: the characters that follow, one-hot, (m, n_x).
        batch_size: examples in a batch; the last batch has what is left.
        batches: end after so many; None: all examples once.
        progress: whether to show a bar.
    """
    inputs, targets = torch.from_numpy(np.asarray(x)), torch.from_numpy(np.argmax(y, axis=1))
    chosen = torch.split(torch.randperm(len(inputs)), batch_size)[:batches]
    losses = []
    poet.train()
    with tqdm(chosen, desc="batches", file=sys.stdout, mininterval=1, disable=not progress) as bar:
        for batch in bar:
            losses.append(_train_batch(poet, optimizer, inputs[batch].float(), targets[batch]))
            bar.set_postfix(loss=f"{np.mean(losses):.4f}", refresh=False)  # the bar is drawn once a second
    poet.eval()
    return losses


def _train_batch(poet: Poet, optimizer: torch.optim.Optimizer, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad(set_to_none=True)
    loss = cross_entropy(poet(x), target)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def predict(poet: Poet, window: str, char_indices: Mapping[str, int]) -> Array:
    """Return the probability of each character to follow the window, (n_x,).

    Raises:
        ValueError: the window has a character that is not in the vocabulary.
    """
    if unknown := sorted(set(window) - set(char_indices)):
        raise ValueError(
            f"The poet has never seen {', '.join(map(repr, unknown))}. Use letters and . , : ; ! ? ' ( ) -"
        )
    indices = torch.tensor([char_indices[c] for c in window])
    scores = poet.eval()(one_hot(indices, len(char_indices)).float()[None])  # (1, n_x)
    return np.asarray(scores[0].double().softmax(dim=0))


def write_poem(
    poet: Poet,
    char_indices: Mapping[str, int],
    sample: Callable[..., int],
    beginning: str,
    temperature: float = 1.0,
    length: int = 400,
    Tx: int = 40,
) -> str:
    """Print a beginning and what the poet makes of it, character by character; return the whole.

    Args:
        poet: the trained network.
        char_indices: dictionary from characters to indices.
        sample: draws an index from probabilities and a temperature.
        beginning: the first characters; before them come blanks, up to Tx. Capitals become small letters.
        temperature: handed to `sample`.
        length: how many characters to add.
        Tx: the length of the windows that the poet was trained on.

    Raises:
        ValueError: the beginning has a character that the poet has never seen.
    """
    characters = {index: c for c, index in char_indices.items()}
    poem = beginning.lower()
    print(poem, end="", flush=True)
    for _ in range(length):
        window = poem[-Tx:].rjust(Tx)
        index = sample(predict(poet, window, char_indices), temperature)
        poem += characters[int(index)]
        print(poem[-1], end="", flush=True)
    print()
    return poem


def numpy_parameters(lstm: nn.LSTM, layer: int = 0) -> dict[str, Array]:
    """Return the weights of a layer of `torch.nn.LSTM` as the notebook's formulas name them.

    PyTorch stacks the four gates in the order i, f, g, o, and keeps two biases whose sum counts. Here each gate has one
    weight for [a; x], so ``Wu, Wf, Wc, Wo`` have the shape (n_a, n_a + n_x) and ``bu, bf, bc, bo`` (n_a, 1).
    """
    weights = dict(lstm.named_parameters())
    from_x, from_a, bias_x, bias_a = (
        weights[f"{name}_l{layer}"].detach().double() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    W = torch.cat([from_a, from_x], dim=1).numpy()  # (4 n_a, n_a + n_x)
    b = (bias_x + bias_a).numpy()[:, None]  # (4 n_a, 1)
    gates = zip("ufco", np.split(W, 4), np.split(b, 4), strict=True)
    return {name + gate: array for gate, *arrays in gates for name, array in zip("Wb", arrays, strict=True)}
