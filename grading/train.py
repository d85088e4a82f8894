"""Train the course's network on any list of names, and let it invent new ones: what ``grading train`` does."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grading.errors import GradingError
from utils import (
    get_initial_loss,
    initialize_parameters,
    rnn_backward,
    rnn_forward,
    rnn_step_forward,
    smooth,
    update_parameters,
    vocabulary,
)
from utils.rnn import Array, Parameters

HIDDEN_UNITS = 50
LEARNING_RATE = 0.01
CLIP = 5.0  # as in the notebook: without it one odd name can throw the weights away
MAX_NAME = 100  # characters; a longer line is hardly a name, and backpropagation has to go through all of it


# What NumPy and zipfile raise for a file that is something else, or damaged; NotImplementedError is a RuntimeError.
_NO_WEIGHTS = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class Network:
    """A network and the characters that it knows, sorted; the first one is the newline that ends a name."""

    parameters: Parameters
    characters: str


def read_names(path: Path) -> list[str]:
    """Return the names in a text file, one a line, in lower case and without blanks around them.

    Raises:
        GradingError: the file cannot be read, is no UTF-8 text, holds no name, or a line that is no name.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise GradingError(f"{path} is not UTF-8 text: byte {error.start:,} cannot be read.") from error
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}.") from error
    names = []
    for number, line in enumerate(text.lower().splitlines(), 1):
        name = line.strip()
        if len(name) > MAX_NAME:
            raise GradingError(f"Line {number} of {path} has {len(name)} characters; a name has at most {MAX_NAME}.")
        if unfit := [character for character in name if not character.isprintable()]:
            raise GradingError(f"Line {number} of {path} holds {unfit[0]!r}, a character that cannot be printed.")
        if name:
            names.append(name)
    if not names:
        raise GradingError(f"{path} holds no name. Write one name a line.")
    return names


def new_network(names: Sequence[str]) -> Network:
    """Return an untrained network that knows the characters of these names."""
    characters = "".join(vocabulary("".join(names))[0])
    return Network(initialize_parameters(HIDDEN_UNITS, len(characters), len(characters)), characters)


def train(
    network: Network, names: Sequence[str], iterations: int, seed: int, on_step: Callable[[float], None]
) -> float | None:
    """Train in place, one name a step, the names shuffled anew for each round.

    Args:
        network: as from `new_network` or `load_network`.
        names: as from `read_names`.
        iterations: the number of steps.
        seed: decides the order of the names.
        on_step: called after each step with the smoothed loss per character, in nats.

    Returns:
        The last smoothed loss per character, or None without any step.

    Raises:
        GradingError: the names hold a character that the network does not know.
    """
    index_of = {character: index for index, character in enumerate(network.characters)}
    unknown = sorted({character for name in names for character in name} - set(index_of))
    if unknown:
        raise GradingError(f"The loaded network does not know these characters of the names: {' '.join(unknown)}")
    generator, size = np.random.default_rng(seed), len(index_of)
    a: Array = np.zeros((len(network.parameters["b"]), 1))
    order: list[int] = []
    loss = get_initial_loss(size, 1)
    for _ in range(iterations):
        order = order or generator.permutation(len(names)).tolist()
        letters = [index_of[character] for character in names[order.pop()]]
        X, Y = [None, *letters], [*letters, 0]
        current, cache = rnn_forward(X, Y, a, network.parameters, size)
        gradients, states = rnn_backward(X, Y, network.parameters, cache)
        a = states[len(X) - 1]
        clipped = {name: np.clip(gradient, -CLIP, CLIP) for name, gradient in gradients.items()}
        update_parameters(network.parameters, clipped, LEARNING_RATE)
        loss = smooth(loss, current / len(X))
        on_step(loss)
    return loss if iterations else None


def invent_names(network: Network, known: Sequence[str], count: int, seed: int) -> list[str]:
    """Return up to `count` different names that are not among the known ones."""
    generator, invented = np.random.default_rng(seed), dict[str, None]()
    for _ in range(20 * count):  # a network that has learned its list by heart finds hardly anything new
        if len(invented) == count:
            break
        name = _draw_name(network, generator)
        if name and name not in known:
            invented[name] = None
    return [name[:1].upper() + name[1:] for name in invented]


def _draw_name(network: Network, generator: np.random.Generator) -> str:
    size = len(network.characters)
    x, a = np.zeros((size, 1)), np.zeros((len(network.parameters["b"]), 1))
    name = ""
    while len(name) < MAX_NAME:
        a, y = rnn_step_forward(network.parameters, a, x)
        index = int(generator.choice(size, p=y.ravel()))
        if index == 0:
            break
        name += network.characters[index]
        x = np.zeros((size, 1))
        x[index] = 1
    return name.strip()


def save_network(network: Network, path: Path) -> None:
    """Write the weights and characters as an ``.npz`` file: arrays only, nothing that could run."""
    try:
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, characters=np.array([network.characters]), **network.parameters)
    except OSError as error:
        raise GradingError(f"The weights cannot be written to {path}: {error.strerror}.") from error


def load_network(path: Path) -> Network:
    """Read what `save_network` wrote.

    Raises:
        GradingError: the file cannot be read, or does not hold weights that fit together.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            network = Network(
                {name: arrays[name] for name in ("Wax", "Waa", "Wya", "b", "by")}, str(arrays["characters"][0])
            )
    except OSError as error:
        raise GradingError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except _NO_WEIGHTS as error:
        raise GradingError(f"{path} does not hold weights that 'grading train --save' wrote.") from error
    n, n_a = len(network.characters), network.parameters["b"].size
    expected = {"Wax": (n_a, n), "Waa": (n_a, n_a), "Wya": (n, n_a), "b": (n_a, 1), "by": (n, 1)}
    found = {name: array.shape for name, array in network.parameters.items()}
    if found != expected:
        raise GradingError(f"The weights in {path} do not fit together: expected {expected}, found {found}.")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in network.parameters.values()):
        raise GradingError(f"The weights in {path} are not all finite floating-point numbers.")
    if list(network.characters) != list(vocabulary(network.characters)[1].values()):
        raise GradingError(f"The characters in {path} are not sorted, or the newline is missing, or one stands twice.")
    return network
