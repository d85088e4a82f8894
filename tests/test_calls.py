"""Calls across a socket: what a function does to its arguments, raises, prints and draws is seen on the other side."""

import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from grading.calls import Peer, RemoteError
from grading.errors import ConnectionLostError, ProtocolError
from grading.interrupts import Interrupts
from grading.wire import Channel


class Gone(BaseException):
    """Ends a function although it catches every Exception."""


class Side:
    """A side without any rights and duties but to call and be called; functions of the other side are callable here."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.functions, self.exported, self.printed = functions, [], []  # type: ignore[var-annotated]
        self.peer: Peer | None = None

    def perform(self, operation: str, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return (self.functions[operation] if target is None else target)(*args, **kwargs)

    def export(self, value: Any) -> list[Any]:
        if hasattr(value, "number"):
            return ["home", value.number]
        self.exported.append(value)
        return ["handle", len(self.exported) - 1, "function", ""]

    def foreign(self, number: int, kind: str, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            assert self.peer is not None
            return self.peer.call("", call, args, kwargs)

        call.number = number  # type: ignore[attr-defined]
        return call

    def home(self, number: int) -> Any:
        return self.exported[number]

    def describe(self, error: BaseException) -> RemoteError:
        return RemoteError(type(error).__name__, str(error), "", not isinstance(error, Exception))

    def remote_exception(self, error: RemoteError) -> BaseException:
        return error.builtin() or (Gone if error.stops else LookupError)(f"{error.type}: {error.text}")

    def stream(self, name: str, text: str) -> None:
        self.printed.append((name, text))


FUNCTIONS: dict[str, Any] = {}


def function(implementation: Any) -> Any:
    FUNCTIONS[implementation.__name__] = implementation
    return implementation


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A peer whose other side, in a process of its own, has the functions above."""
    ours, theirs = socket.socketpair()
    child = os.fork() if threading.active_count() == 1 else None
    if child is None:
        pytest.fail("other threads are running")
    if child == 0:
        ours.close()
        _answer_for_ever(theirs)
    theirs.close()
    side = Side({})
    side.peer = Peer(Channel(ours), side)
    yield side.peer
    ours.close()
    os.waitpid(child, 0)


def _answer_for_ever(connection: socket.socket) -> None:
    signal.alarm(60)  # whatever the test does, this process ends
    side, channel = Side(FUNCTIONS), Channel(connection)
    side.peer = Peer(channel, side)
    try:
        while True:
            side.peer.answer(channel.receive())
    finally:
        os._exit(0)


@function
def clip(gradients: dict[str, Any], bound: float, *, also: list[int]) -> Any:
    for array in gradients.values():
        np.clip(array, -bound, bound, out=array)
    gradients["new"] = gradients["a"]
    also.append(4)
    return gradients, also


@function
def fill(values: list[Any]) -> None:
    array = np.zeros(3)
    values[:] = [array, [], array]


@function
def fail(values: list[int]) -> None:
    values.append(1)
    raise ValueError("no such value")


@function
def fail_oddly(_: Any) -> None:
    class OwnError(Exception):
        pass

    raise OwnError("odd")


@function
def stop() -> None:
    raise KeyboardInterrupt


@function
def draw(count: int) -> list[float]:
    return [float(np.random.randn()) for _ in range(count)]


@function
def call_back(stand_in: Any, state: dict[str, Any]) -> Any:
    try:
        return [stand_in(state, number=number) for number in range(3)]
    except Exception:
        return "caught"


@function
def pass_on(first: Any, second: Any) -> Any:
    return second if first is None else first(second)


@function
def echo(value: Any) -> Any:
    return value


def test_results_changes_and_aliases_come_back(peer: Peer) -> None:
    gradients, also = {"a": np.array([9.0, -9.0]), "b": np.zeros(2)}, [3]
    kept = gradients["a"]
    result, same = peer.call("clip", None, [gradients, 5], {"also": also})
    assert kept.tolist() == [5, -5]
    assert result is gradients
    assert gradients["new"] is kept
    assert same is also == [3, 4]


def test_aliases_in_what_has_changed_stay_aliases(peer: Peer) -> None:
    values: list[Any] = [1]
    peer.call("fill", None, [values])
    assert len(values) == 3
    assert values[0] is values[2]
    assert values[1] == []
    assert values[0].shape == (3,)


def test_an_exception_comes_back_as_its_type_and_text_with_the_changes_before_it(peer: Peer) -> None:
    values: list[int] = []
    with pytest.raises(ValueError, match="no such value"):
        peer.call("fail", None, [values], {})
    assert values == [1]
    with pytest.raises(LookupError, match="OwnError: odd"):
        peer.call("fail_oddly", None, [1], {})
    with pytest.raises(Gone, match="KeyboardInterrupt"):
        peer.call("stop", None, [], {})


def test_both_sides_draw_from_one_random_generator(peer: Peer) -> None:
    np.random.seed(5)
    expected = np.random.randn(7).tolist()
    np.random.seed(5)
    drawn = [
        *peer.call("draw", None, [1], {}),
        np.random.randn(),
        *peer.call("draw", None, [3], {}),
        *np.random.randn(2),
    ]
    assert drawn == expected


def test_a_stand_in_is_called_back_and_may_change_its_arguments(peer: Peer) -> None:
    seen = []

    def stand_in(state: dict[str, Any], number: int) -> int:
        state["a"] += 1
        seen.append((number, state["a"].tolist()))
        return number * 10

    state = {"a": np.zeros(2)}
    assert peer.call("call_back", None, [stand_in, state], {}) == [0, 10, 20]
    assert seen == [(0, [1, 1]), (1, [2, 2]), (2, [3, 3])]
    assert state["a"].tolist() == [3, 3]


def test_a_stand_ins_own_exception_comes_back_as_the_same_object(peer: Peer) -> None:
    class OutOfDraws(BaseException):
        pass

    error = OutOfDraws("enough")

    def stand_in(state: Any, number: int) -> None:
        raise error

    with pytest.raises(OutOfDraws) as caught:
        peer.call("call_back", None, [stand_in, {}], {})
    assert caught.value is error

    def fail(state: Any, number: int) -> None:
        raise ValueError("an ordinary one")

    assert peer.call("call_back", None, [fail, {}], {}) == "caught"


def test_functions_of_both_sides_find_home(peer: Peer) -> None:
    theirs = peer.call("echo", None, [len], {})
    assert theirs is len
    own = peer.call("pass_on", None, [None, FUNCTIONS["echo"]], {})
    assert own is FUNCTIONS["echo"]
    assert peer.call("pass_on", None, [lambda value: value + 1, 4], {}) == 5


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "return", "seq": 1, "value": 5, "random": None},
        {"kind": "return", "seq": 2, "value": 5, "changes": [], "random": None},
        {"kind": "return", "seq": "1", "value": 5, "changes": [], "random": None},
        {"kind": "return", "seq": 1, "value": ["array"], "changes": [], "random": None},
        {"kind": "return", "seq": 1, "value": 5, "changes": [[0, 1]], "random": None},
        {"kind": "return", "seq": 1, "value": 5, "changes": [[-1, 1]], "random": None},
        {"kind": "return", "seq": 1, "value": 5, "changes": [1], "random": None},
        {"kind": "return", "seq": 1, "value": 5, "changes": [], "random": [0, 1, 0, 0.0]},
        {"kind": "return", "seq": 1, "value": 5, "changes": [], "random": "seed"},
        {
            "kind": "raise",
            "seq": 1,
            "value": None,
            "changes": [],
            "random": None,
            "type": 5,
            "text": "",
            "traceback": "",
        },
        {"kind": "call", "seq": 1, "operation": "x", "value": 7, "random": None},
        {"kind": "call", "seq": 1, "operation": "x", "value": ["list", [None, 5, 5]], "random": None},
        {"kind": "stream", "name": 5, "text": "x"},
        {"kind": "done"},
    ],
)
def test_an_answer_that_is_none_is_an_error_of_the_protocol(answer: dict[str, Any]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(theirs)
        channel.send(answer.pop("kind"), **answer)
        with pytest.raises(ProtocolError):
            Peer(Channel(ours), Side({})).call("echo", None, [7], {})


@pytest.mark.parametrize("state", [(700, 0, 0.0), (-1, 0, 0.0), (3, 2, 0.0)])
def test_a_random_state_out_of_bounds_is_refused(state: tuple[int, int, float]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(theirs).send(
            "return", seq=1, value=5, changes=[], random={"numpy": [0, *state]}, buffers=[bytes(4 * 624)]
        )
        with pytest.raises(ProtocolError, match="out of bounds"):
            Peer(Channel(ours), Side({})).call("echo", None, [7], {})


def test_an_answer_to_an_interrupted_call_is_dropped() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel, peer = Channel(theirs), Peer(Channel(ours), Side({}))
        for seq, value in ((1, 1), (1, 99), (2, 2)):
            channel.send("return", seq=seq, value=value, changes=[], random=None)
        assert [peer.call("echo", None, [7], {}) for _ in range(2)] == [1, 2]


def test_a_side_that_is_gone_is_no_answer() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(ConnectionLostError):
        Peer(Channel(ours), Side({})).call("echo", None, [7], {})


def test_interrupts_wait_while_a_frame_is_on_its_way() -> None:
    interrupts = Interrupts()
    interrupts.on_signal()  # before the first cell: forgotten
    with interrupts.allowed():
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_signal()
        after = []
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            interrupts.on_signal()
            after.append("the frame is complete")
        assert after
    interrupts.on_signal()
    with interrupts.allowed(), interrupts.held():
        pass
