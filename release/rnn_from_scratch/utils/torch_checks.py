"""Tools of the check cells for functions that train with PyTorch.

Gradients and graphs do not cross from one process to another, so these functions run where the student's function runs
(`utils.checks.beside`), and what they return is data.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import sleep
from typing import Any, NamedTuple, cast

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from utils.checks import beside
from utils.torch_rnn import State


class OwnNet:
    """A model that keeps its parameters as the notebook's class does, in the list `params`."""

    def __init__(self, params: Iterable[torch.Tensor]) -> None:
        """Make them parameters of this model."""
        self.params = [param.detach().clone().requires_grad_() for param in params]


class ModuleNet(nn.Module):
    """The same as a module of PyTorch, with one more parameter that is frozen and so never gets a gradient."""

    def __init__(self, params: Iterable[torch.Tensor]) -> None:
        """Make them parameters of this module."""
        super().__init__()
        self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)
        self.weights = nn.ParameterList([nn.Parameter(param.detach().clone()) for param in params])


def parameters_of(net: Any) -> list[torch.Tensor]:
    """Return the parameters of a model that get gradients, be it a module or of the notebook's class."""
    if isinstance(net, nn.Module):
        return [parameter for parameter in net.parameters() if parameter.requires_grad]
    return list(net.params)


def set_gradients(net: Any, gradients: Iterable[torch.Tensor]) -> None:
    """Give each parameter of a model its gradient, as a backward pass would."""
    for parameter, gradient in zip(parameters_of(net), gradients, strict=True):
        parameter.grad = gradient.detach().clone()


def gradients_of(net: Any) -> list[torch.Tensor]:
    """Return the gradients of a model as data; what has none counts as zeros."""
    parameters = parameters_of(net)
    return [torch.zeros_like(p.detach()) if p.grad is None else p.grad.detach().clone() for p in parameters]


def values_of(net: Any) -> list[torch.Tensor]:
    """Return the values of the parameters of a model as data."""
    return [parameter.detach().clone() for parameter in parameters_of(net)]


def step_with(net: Any, updater: Any, gradients: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Give a model these gradients, let an optimizer take one step, and return by how much each parameter has moved.

    A function counts as an optimizer, too; it is called with the batch size 1.
    """
    before = values_of(net)
    set_gradients(net, gradients)
    take_step = getattr(updater, "step", None)
    take_step() if take_step else updater(1)
    return [now - then for now, then in zip(values_of(net), before, strict=True)]


def clip_exactly(net: Any, theta: float) -> None:
    """Scale all gradients of a model so that their common norm is at most `theta`."""
    torch.nn.utils.clip_grad_norm_(parameters_of(net), theta)


class Trait(NamedTuple):
    """What a tensor is beside its values."""

    on_device: bool  # it was made on the device that was asked for, or of tensors that were
    is_leaf: bool  # made by nothing else: only then a backward pass leaves a gradient in it
    requires_grad: bool


def traits(function: Callable[..., Any], *arguments: Any) -> list[Trait]:
    """Call a function that returns a tensor or some of them, and return what they are beside their values.

    Args:
        function: the student's.
        arguments: its arguments, the device last. Whether it was used shows on a machine with one device, too.
    """
    with _Devices(arguments[-1]) as devices:
        result = function(*arguments)
    tensors = [result] if isinstance(result, torch.Tensor) else list(result)
    return [Trait(devices.has(tensor), tensor.is_leaf, tensor.requires_grad) for tensor in tensors]


class _Devices(TorchFunctionMode):
    """Notes for each function of PyTorch that is called whether it was told to work on a certain device.

    What is computed from a tensor on this device, or shares its memory, is on it, too.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self._device = device
        self._found: list[torch.Tensor] = []  # kept, so that no later tensor gets the memory of one of them

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = [*args, *(kwargs or {}).values()]
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and any(map(self._leads_there, given)):
            self._found.append(result)
        return result

    def _leads_there(self, value: Any) -> bool:
        if isinstance(value, torch.Tensor):
            return self.has(value)
        return isinstance(value, torch.device | str) and str(value) == str(self._device)

    def has(self, tensor: torch.Tensor) -> bool:
        """Tell whether a tensor is on the device."""
        with torch.DisableTorchFunction():  # asking is no call to be noted
            return tensor.data_ptr() in {found.data_ptr() for found in self._found}


def gradients_through(
    rnn: Callable[..., tuple[torch.Tensor, State]],
    inputs: torch.Tensor,
    state: torch.Tensor,
    params: Sequence[torch.Tensor],
    weights: torch.Tensor,
) -> list[torch.Tensor]:
    """Return the gradients of ``sum(weights * outputs)`` by the state and by each parameter, as autograd sees them.

    Args:
        rnn: called as the notebook's function of this name.
        inputs: (num_steps, batch_size, vocab_size).
        state: (batch_size, num_hiddens).
        params: the five parameters.
        weights: as many as there are outputs.
    """
    leaves = [tensor.detach().clone().requires_grad_() for tensor in (state, *params)]
    outputs, _ = rnn(inputs, (leaves[0],), leaves[1:])
    total = (outputs.reshape(weights.shape) * weights).sum()
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [torch.zeros_like(leaf.detach()) if grad is None else grad for leaf, grad in zip(leaves, found, strict=True)]


def gradient_and_step(
    model_class: Callable[..., Any], weights: torch.Tensor, factor: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Train a model whose outputs are ``weights * factor`` for one step of the length 1, downhill along their sum.

    Args:
        model_class: called as the notebook's class of this name; `weights` are its only parameter.
        weights: of any shape.
        factor: of the same shape.

    Returns:
        The gradient that the parameter in `params` has got, zeros if none, and the outputs after the step.
    """
    leaf = weights.detach().clone().requires_grad_()
    no_state = (torch.zeros(1),)

    def get_params(vocab_size: int, num_hiddens: int, device: torch.device) -> list[torch.Tensor]:
        return [leaf]

    def init_state(batch_size: int, num_hiddens: int, device: torch.device) -> State:
        return no_state

    def forward_fn(inputs: torch.Tensor, state: State, params: Sequence[torch.Tensor]) -> tuple[torch.Tensor, State]:
        return params[0] * factor, state

    net = model_class(4, 3, torch.device("cpu"), get_params, init_state, forward_fn)
    X = torch.zeros(1, 2, dtype=torch.long)
    outputs, _ = net(X, no_state)
    if outputs.requires_grad:
        outputs.sum().backward()
    (param,) = net.params
    gradient = torch.zeros_like(weights) if param.grad is None else param.grad
    with torch.no_grad():
        param -= gradient
    return gradient.clone(), net(X, no_state)[0].detach()


class SlowBatches:
    """Batches that take their time, so that a check knows how long an epoch lasts at least."""

    def __init__(self, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], seconds: float) -> None:
        """Keep the batches and the time before each of them."""
        self._batches, self._seconds = batches, seconds

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for batch in self._batches:
            sleep(self._seconds)
            yield batch


class Kit(NamedTuple):
    """What a training loop is called with, made where it runs."""

    model: Any
    loss: Any
    updater: Any


def kit(
    function: Callable[..., Any], weights: dict[str, torch.Tensor], lr: float, model: str = "RecordingModel"
) -> Kit:
    """Return a model with these weights, the cross-entropy, and stochastic gradient descent.

    Args:
        function: the training loop; the three are made in the process in which it runs.
        weights: as `random_weights` returns them.
        lr: the learning rate.
        model: the class of the model, one of `utils.torch_rnn` that is made as `FrameworkModel` is.
    """
    num_hiddens, vocab_size = weights["rnn.weight_ih_l0"].shape
    net = beside(function, f"utils.torch_rnn.{model}")(vocab_size, num_hiddens)
    net.load_state_dict(weights)
    loss = beside(function, "torch.nn.CrossEntropyLoss")()
    return Kit(net, loss, beside(function, "torch.optim.SGD")(net.parameters(), lr))


def random_weights(seed: int, vocab_size: int, num_hiddens: int, scale: float = 0.5) -> dict[str, torch.Tensor]:
    """Return normally distributed weights and biases of a `FrameworkModel`, times `scale`."""
    draw = torch.Generator().manual_seed(seed)
    shapes = {"rnn.weight_ih_l0": (num_hiddens, vocab_size), "rnn.weight_hh_l0": (num_hiddens, num_hiddens)}
    shapes |= {"output.weight": (vocab_size, num_hiddens)}
    biases = {"rnn.bias_ih_l0": (num_hiddens,), "rnn.bias_hh_l0": (num_hiddens,), "output.bias": (vocab_size,)}
    return {name: scale * torch.randn(shape, generator=draw) for name, shape in (shapes | biases).items()}


def random_batches(seed: int, count: int, batch_size: int, num_steps: int, vocab_size: int) -> list[tuple[Any, Any]]:
    """Return pairs X, Y of random indices, (batch_size, num_steps) each."""
    draw = torch.Generator().manual_seed(seed)
    shape = (count, 2, batch_size, num_steps)
    return [(X, Y) for X, Y in cast(Any, torch.randint(vocab_size, shape, generator=draw))]


def random_params(seed: int, vocab_size: int, num_hiddens: int, scale: float = 0.5) -> list[torch.Tensor]:
    """Return normally distributed W_xh, W_hh, b_h, W_hq and b_q, times `scale`; no bias is zero."""
    shapes = [(vocab_size, num_hiddens), (num_hiddens, num_hiddens), (num_hiddens,)]
    shapes += [(num_hiddens, vocab_size), (vocab_size,)]
    return [scale * gradient for gradient in random_gradients(seed, shapes)]


def random_gradients(seed: int, shapes: Iterable[tuple[int, ...]]) -> list[torch.Tensor]:
    """Return a normally distributed tensor of each shape."""
    draw = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=draw) for shape in shapes]
