"""PyTorch's tensors as data: what crosses, what changes in place, and what is refused."""

from typing import Any

import numpy as np
import pytest

from grading import changes, tensors
from grading.errors import ProtocolError
from grading.generators import Generators
from grading.values import CannotCrossError, Decoder, Encoder
from grading.wire import Frame

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")


def refuse(value: Any) -> list[Any]:
    raise CannotCrossError(type(value).__name__)


def crossed(value: Any) -> Any:
    """Return what arrives at the other side."""
    encoder = Encoder(refuse)
    tree = encoder.encode(value)
    return read(tree, [bytes(buffer) for buffer in encoder.buffers])


def read(tree: Any, buffers: list[bytes]) -> Any:
    return Decoder([memoryview(one) for one in buffers], lambda *_: None, lambda _: None).decode(tree)


@pytest.mark.parametrize("name", tensors.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_a_tensor_arrives_with_its_numbers_dtype_and_shape(name: str, shape: tuple[int, ...]) -> None:
    given = torch.arange(np.prod(shape, dtype=int).item()).reshape(shape).to(getattr(torch, name))
    found = crossed(given)
    assert (found.dtype, found.shape, found.requires_grad) == (given.dtype, given.shape, False)
    assert torch.equal(found, given)


def test_views_arrive_as_what_they_show() -> None:
    given = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(crossed(given.T[1:, ::2]), given.T[1:, ::2])
    assert torch.equal(crossed(given.to(torch.complex64).conj()), given.to(torch.complex64))


def test_a_parameter_arrives_with_its_gradient_and_others_without_their_graph() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    loss = (3 * weight).sum()
    loss.backward()
    found, found_loss = crossed([weight, loss])
    assert found.requires_grad
    assert found.is_leaf
    assert found.grad.tolist() == [3, 3]
    assert found_loss.requires_grad
    assert found_loss.is_leaf
    assert found_loss.grad is None
    assert not crossed(loss.detach()).requires_grad


def test_the_same_tensor_twice_is_one_tensor_there() -> None:
    one = torch.ones(2)
    first, second, other = crossed([one, one, torch.ones(2)])
    assert first is second
    assert first is not other


def test_devices_and_dtypes_cross() -> None:
    assert crossed([torch.device("cpu"), torch.device("cuda:1"), torch.float64, torch.bfloat16]) == [
        torch.device("cpu"),
        torch.device("cuda:1"),
        torch.float64,
        torch.bfloat16,
    ]


@pytest.mark.parametrize(
    "given", [torch.eye(2).to_sparse(), torch.ones(2, dtype=torch.bfloat16), torch.ones(2, device="meta")], ids=str
)
def test_a_tensor_without_plain_numbers_is_no_data(given: Any) -> None:
    with pytest.raises(CannotCrossError, match="Tensor"):
        crossed(given)


@pytest.mark.parametrize(
    ("tree", "buffers"),
    [
        (["tensor", "object", [1], 0, False, None], [b"12345678"]),
        (["tensor", "float32", [2], 0, False, None], [b"1234"]),
        (["tensor", "float32", [-1], 0, False, None], [b"1234"]),
        (["tensor", "float32", [1], 0, 1, None], [b"1234"]),
        (["tensor", "int32", [1], 0, True, None], [b"1234"]),
        (["tensor", "float32", [1], 0, True, ["tensor", "float32", [2], 1, False, None]], [b"1234", b"12345678"]),
        (["tensor", "float32", [1], 0, True, 5], [b"1234"]),
        (["tensor", ["float32"], [1], 0, True, None], [b"1234"]),
        (["device", "cpu; rm"], []),
        (["device", "cuda:x"], []),
        (["device", ["cpu"]], []),
        (["dtype", "nn"], []),
        (["dtype", ["float32"]], []),
    ],
    ids=str,
)
def test_what_is_no_tensor_is_an_error_of_the_protocol(tree: Any, buffers: list[bytes]) -> None:
    with pytest.raises(ProtocolError):
        read(tree, buffers)


def test_a_change_of_numbers_gradient_or_shape_is_seen_and_applied() -> None:
    here, there = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    before = changes.snapshot(there)
    assert not changes.has_changed(there, before)
    (there.sum() * 2).backward()
    assert changes.has_changed(there, before)
    changes.apply_change(here, crossed(there))
    assert here.grad.tolist() == [2, 2, 2]
    with torch.no_grad():
        there += 1
    changes.apply_change(here, crossed(there))
    assert here.tolist() == [2, 2, 2]
    plain, before = torch.zeros(2), changes.snapshot(torch.zeros(2))
    plain.resize_(4).fill_(7)
    assert changes.has_changed(plain, before)
    target = torch.zeros(2)
    changes.apply_change(target, crossed(plain))
    assert target.tolist() == [7, 7, 7, 7]


def test_a_tensor_cannot_become_something_else() -> None:
    for value, content in ((torch.zeros(2), [1, 2]), (torch.zeros(2, requires_grad=True) * 1, 5)):
        with pytest.raises(ProtocolError):
            changes.apply_change(value, content)


def test_both_sides_draw_the_same_from_pytorch() -> None:
    ours, theirs, buffers = Generators(), Generators(), []  # type: ignore[var-annotated]
    torch.manual_seed(3)
    random = ours.changes(buffers)
    expected = torch.rand(3)
    theirs.take(Frame("call", {"random": random}, tuple(memoryview(one) for one in buffers)))
    assert torch.equal(torch.rand(3), expected)
    assert theirs.changes([]) is not None
    assert theirs.changes([]) is None


@pytest.mark.parametrize("state", [b"", b"x" * 5056, bytes(5056), b"1" * 20_000], ids=len)
def test_a_state_of_pytorch_that_is_none_is_refused(state: bytes) -> None:
    with pytest.raises(ProtocolError):
        Generators().take(Frame("return", {"random": {"torch": 0}}, (memoryview(state),)))
    with pytest.raises(ProtocolError):
        Generators().take(Frame("return", {"random": {"torch": "0"}}, (memoryview(state),)))
