"""Tools of the check cells: seeded inputs, draws that a check decides, and stand-ins for functions.

A check of one function must not depend on the mistakes of another one, nor on digits that rounding decides. So a
check hands in the random draws itself and looks at the probabilities that it was asked to draw from, and it puts a
stand-in in the place of every other graded function.
"""

import hashlib
import inspect
import operator
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def random_gradients(seed: int, n_a: int, n_x: int, n_y: int, scale: float) -> dict[str, Array]:
    """Return normally distributed dWax, dWaa, dWya, db and dby, drawn in this order and times `scale`."""
    np.random.seed(seed)
    shapes = {"dWax": (n_a, n_x), "dWaa": (n_a, n_a), "dWya": (n_y, n_a), "db": (n_a, 1), "dby": (n_y, 1)}
    return {name: scale * np.random.randn(*shape) for name, shape in shapes.items()}


def gradients_like(parameters: dict[str, Array]) -> dict[str, Array]:
    """Return a gradient for each parameter, as `optimize` returns them: of its shape, every entry 0.125."""
    return {"d" + name: np.full_like(array, 0.125) for name, array in parameters.items()}


def random_parameters(seed: int, n_a: int, vocab_size: int, scale: float = 0.05) -> dict[str, Array]:
    """Return normally distributed Wax, Waa, Wya, b and by, drawn in this order and times `scale`.

    The biases are not zero, so a check sees whether they are used. The default scale keeps the network far from
    chaos: with weights of unit variance rounding errors grow until they decide which character is drawn.
    """
    gradients = random_gradients(seed, n_a, vocab_size, vocab_size, scale)
    return {name.removeprefix("d"): array for name, array in gradients.items()}


def student_seed(purpose: str) -> int:
    """Return a seed that each student has for themselves, and that is the same whenever they are graded.

    Hidden tests draw inputs from it that nobody else's tests have. Where there is no student, as in the author's own
    notebook, it depends on the purpose alone.

    Args:
        purpose: any text; another one gives another seed.
    """
    text = f"{os.environ.get('GRADING_SEED', '')} {purpose}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def reference(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the author's solution of the function that a check is for: what it returns is right by definition.

    In the author's notebook that is the function itself. When a submission is graded, the solution runs in the process
    of the checks, which no submission can see.
    """
    here = getattr(type(function), "reference_here", None)
    return function if here is None else here(function)


def beside(function: Callable[..., Any], path: str) -> Any:
    """Return a function or class as it is in the process in which `function` runs.

    For what is no data and so cannot be handed to a student's function: make it there. The object stays there; what
    comes back stands for it, can be called, asked for attributes and handed to the student's functions::

        model = beside(train, "torch.nn.Linear")(3, 2)
        train(model, torch.ones(4, 3))
        weights = model.weight  # data again: a copy, with its gradient

    In the author's notebook that is an ordinary import.

    Args:
        function: the student's function.
        path: of something in a module, such as "torch.nn.Linear", or a name of the notebook.
    """
    there = getattr(type(function), "beside_there", None)
    return find(path, vars(sys.modules["__main__"])) if there is None else there(function, path)


def find(path: str, names: Mapping[str, Any]) -> Any:
    """Return what `path` means: something in a module, or, without a dot, one of these names."""
    module_name, _, name = path.rpartition(".")
    return getattr(import_module(module_name), name) if module_name else names[name]


def _seen_as(seen: Callable[..., tuple[Any, ...]]) -> Callable[[Any], Any]:
    """Say what a call of a stand-in comes to: 27 options are those of range(27), when two functions are compared."""

    def mark(stand_in: Any) -> Any:
        stand_in.seen_as = seen
        return stand_in

    return mark


class OutOfDraws(BaseException):
    """Ends a function that asks for more draws than were scripted; `except Exception` does not stop it."""


@dataclass
class Draws:
    """What a function did with the random generator while `scripted_draws` stood in for it."""

    indices: Sequence[int]
    seeds: list[int | None] = field(default_factory=list)  # set since the draw before; None: no seed was set
    probabilities: list[Array] = field(default_factory=list)  # one vector (vocab_size,) a draw
    ran_out: bool = False  # the function asked for one draw more
    _seed: int | None = None

    def seed(self, seed: int | None = None) -> None:
        """Stand in for `np.random.seed`."""
        self._seed = None if seed is None else int(seed)

    @_seen_as(lambda a, size=None, replace=True, p=None: (_valid_options(a), np.ravel(p)))
    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        """Stand in for `np.random.choice`: return the scripted option."""
        options = _valid_options(a)
        probabilities = _valid_probabilities(p, len(options))
        if len(self.probabilities) == len(self.indices):
            self.ran_out = True
            raise OutOfDraws
        drawn = options[self.indices[len(self.probabilities)]]
        self.probabilities.append(probabilities)
        self.seeds.append(self._seed)
        self._seed = None
        return drawn if size is None else np.full(size, drawn)


@contextmanager
def scripted_draws(function: Callable[..., Any], indices: Sequence[int]) -> Iterator[Draws]:
    """Let `np.random.choice` return these indices one after the other to `function`, and record how it was called.

    A function that asks for more draws than that is ended without an error: see `Draws.ran_out`.
    """
    draws = Draws(indices)
    replacements: dict[str, Callable[..., Any]] = {"numpy.random.choice": draws.choice, "numpy.random.seed": draws.seed}
    with suppress(OutOfDraws), replaced(function, replacements):
        yield draws


@contextmanager
def stand_in(function: Callable[..., Any], **replacements: Callable[..., Any]) -> Iterator[None]:
    """While `function` runs, let these other functions stand for those of the same name in its notebook.

    A replacement gets its arguments by position, in the order of the function that it replaces, whatever that one
    calls them; defaults are filled in. It should take `*_` for extra arguments that a student may have added.
    """
    with replaced(function, replacements):
        yield


@contextmanager
def replaced(function: Callable[..., Any], replacements: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Let functions of a check stand for others in the process in which `function` runs, and undo that at the end.

    This is what the tools above are made of. When the notebook is graded, a student's function runs in a process of
    its own, where a check sees and changes nothing. There `function` is a proxy, and this context reaches through it:
    whatever the student's code calls by one of these names is called here, in the check.

    Args:
        function: the student's function.
        replacements: by name: that of a function in the notebook ("clip"), or the path of one in a module
            ("numpy.random.choice"), which is then replaced under every name that the notebook has given it, too.
    """
    elsewhere = getattr(type(function), "replaced_there", None)
    if elsewhere is not None:
        with elsewhere(function, replacements):
            yield
        return
    names: dict[str, Any] = getattr(inspect.unwrap(function), "__globals__", vars(sys.modules["__main__"]))
    with ExitStack() as patches:
        for name, replacement in replacements.items():
            if "." in name:
                for place in _aliases(name):
                    patches.enter_context(patch.object(*place, replacement))
            else:
                patches.enter_context(_global_replaced(names, name, replacement))
        yield


def _aliases(path: str) -> list[tuple[ModuleType, str]]:
    """Return where a function of a module is reached: there, and by names that the notebook has imported."""
    module_name, _, name = path.rpartition(".")
    module, notebook = import_module(module_name), sys.modules["__main__"]
    original = getattr(module, name)
    aliases = [(notebook, alias) for alias, value in vars(notebook).items() if value is original]
    return [(module, name), *aliases]


@contextmanager
def _global_replaced(names: dict[str, Any], name: str, replacement: Callable[..., Any]) -> Iterator[None]:
    """Replace one entry, and touch no other: whatever else the check has assigned meanwhile stays."""
    existed, original = name in names, names.get(name)
    names[name] = partial(_call_by_position, original, replacement)
    try:
        yield
    finally:
        names.pop(name, None)
        if existed:
            names[name] = original


def _call_by_position(
    replaced: Callable[..., Any] | None, replacement: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    try:
        signature = inspect.signature(replaced)  # type: ignore[arg-type]
    except (TypeError, ValueError):  # there is none, it is no function, or one of NumPy's that does not tell
        return replacement(*args, *kwargs.values())  # keywords come, as a rule, in the order of the function
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return replacement(*bound.args, *bound.kwargs.values())


def _valid_options(a: Any) -> NDArray[Any]:
    """Return what can be drawn, or refuse `a` as `np.random.choice` does."""
    options = np.arange(operator.index(a)) if np.ndim(a) == 0 else np.asarray(a)
    if options.ndim != 1 or not len(options):
        raise ValueError(f"a must be a number of options or a list of them, and not {a!r}.")
    return options


def _valid_probabilities(p: Any, options: int) -> Array:
    """Return a copy of `p` as a vector, or refuse it as `np.random.choice` does."""
    if p is None:
        return np.full(options, 1 / options)
    probabilities = np.array(p, dtype=float)
    if probabilities.ndim != 1:
        raise ValueError(f"p must be 1-dimensional, but its shape is {probabilities.shape}.")
    if len(probabilities) != options:
        raise ValueError(f"a and p must be equally long: a has {options} entries, p has {len(probabilities)}.")
    if np.any(probabilities < 0):
        raise ValueError("The probabilities must not be negative.")
    if not abs(probabilities.sum() - 1) < 1e-8:  # the tolerance of np.random.choice, sqrt(eps)
        raise ValueError(f"The probabilities must sum to 1, but they sum to {probabilities.sum()}.")
    return probabilities
