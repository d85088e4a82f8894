"""The referee: runs the checks of one submission, in a process of its own, and calls the student's functions there.

In a check, a name of the student's is a proxy (`StudentFunction`) if it is a function, and a copy if it is data.
The worker speaks with the referee over the control socket; these frames are understood::

    files    names                    as in `student`
    brief    seed, solutions, tells_all, noise   what the referee alone is told: see `execution.Brief`
    connect                           a new connection to the student's process lies on the descriptor socket
    run      seq, source              run a locked cell that needs nothing of the student's
    check    seq, source, needs       run a check; `needs` are the names of the student's that it uses

and answered by any number of "output" frames and one ``done`` frame with the fields seq, success, error, message,
points (a number, if the check's last expression is one), student ("ok", "gone", "malformed" or "flooded"), faults
(sentences for the author of the check), and lines and counts of the `transcript`, with its numbers as a buffer.
"""

import hashlib
import math
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

from grading.calls import Peer, RemoteError
from grading.errors import ConnectionLostError, FrameTooLargeError, ProtocolError
from grading.generators import reseed
from grading.hidden import hidden_lines
from grading.interrupts import GatedChannel, Interrupts
from grading.noise import Noise
from grading.shell import CellShell
from grading.student import describe, place_files
from grading.transcript import Transcript
from grading.values import CannotCrossError
from grading.wire import Channel, Frame

SEED = "GRADING_SEED"  # the name in the environment under which utils.checks.student_seed finds it
MAX_PRINTED = 5_000_000  # characters that a student's functions may print during one check


class StudentError(Exception):
    """An exception of the student's function that is none of Python's own; its subclasses bear the names."""


class StudentStopped(BaseException):  # no Exception, so that a check cannot suppress it by accident
    """The student's function or its process has ended in a way that ends the check, too."""


class StudentObject:
    """Stands in a check for an object of the student's that is no data."""

    def __init__(self, side: "_RefereeSide", number: int, kind: str, name: str) -> None:
        self._side, self._number, self._kind = side, number, kind
        self.__name__ = name

    def __repr__(self) -> str:
        return f"<the student's {self._kind} {self.__name__}".rstrip() + ">"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._side.ask("attribute", self, [name])

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self._side.ask("assign", self, [name, value])

    def __getitem__(self, key: Any) -> Any:
        return self._side.ask("item", self, [key])

    def __len__(self) -> int:
        return _whole_number(self._side.ask("length", self))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._side.ask("entries", self))

    # NumPy would ask the object itself, and it might answer anything: np.all(result) is result.all() otherwise.
    __array_ufunc__ = None

    def __array_function__(self, *_: object) -> Any:
        raise TypeError(f"{self!r} is no data, so NumPy cannot compute with it.")

    def __deepcopy__(self, _: object) -> Any:
        raise TypeError(f"{self!r} is no data, so it cannot be copied.")

    @property
    def number(self) -> int:
        """The number by which its own process knows it."""
        return self._number


class StudentFunction(StudentObject):
    """Stands in a check for a function of the student's: calling it runs it in the student's process."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it. In-place changes of the arguments come back, and so does what it prints."""
        return self._side.ask("call", self, args, kwargs)

    @contextmanager
    def replaced_there(self, replacements: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
        """Let functions of the check stand for others in the student's process; `utils.checks` calls this."""
        self._side.ask("replace", self, [], replacements)
        try:
            yield
        finally:
            if self._side.state == "ok":
                self._side.ask("restore", None)

    def beside_there(self, path: str) -> Any:
        """Return what has this name in the student's process; `utils.checks.beside` calls this."""
        return self._side.ask("find", None, [path])

    def reference_here(self) -> Callable[..., Any]:
        """Return the reference solution of this name; `utils.checks.reference` calls this."""
        return self._side.reference(self.__name__)


def serve(connection: socket.socket, descriptors: socket.socket, shell: CellShell) -> None:
    """Do what the worker asks for until it is gone."""
    shell.colors = "nocolor"  # to colour a traceback takes 15 ms, and a check that fails has one
    referee = _Referee(connection, descriptors, shell)
    signal.signal(signal.SIGINT, referee.interrupts.on_signal)
    with suppress(ConnectionLostError):
        while True:
            referee.take(referee.channel.receive())


class _Referee:
    """Runs locked cells and checks."""

    def __init__(self, connection: socket.socket, descriptors: socket.socket, shell: CellShell) -> None:
        self.interrupts = Interrupts()
        self.channel = GatedChannel(Channel(connection), self.interrupts)
        self._descriptors = descriptors
        self._shell = shell
        self._side: _RefereeSide | None = None
        self._solutions: list[str] = []  # cells with the reference solutions
        self._tells_all = False
        self._noise = 0.0

    def take(self, frame: Frame) -> None:
        """Do what one frame asks for."""
        match frame.kind:
            case "files":
                place_files(frame)
            case "brief":
                os.environ[SEED] = frame.text("seed")
                self._solutions, self._tells_all = frame.fields["solutions"], frame.fields["tells_all"]
                self._noise = frame.fields["noise"]
            case "connect":
                _, (descriptor,), _, _ = socket.recv_fds(self._descriptors, 1, 1)
                if self._side is not None:
                    self._side.close()
                channel = Channel(socket.socket(fileno=descriptor))
                self._side = _RefereeSide(channel, self.interrupts, self._reference, self._noise)
            case "run":
                self._run(frame, [])
            case "check":
                self._run(frame, frame.fields["needs"])
            case kind:
                raise ProtocolError(f"The referee knows no {kind!r} frames.")

    def _run(self, frame: Frame, needs: Sequence[str]) -> None:
        seq = frame.number("seq")
        side = self._side
        if side is not None:
            side.begin()
        value, error = None, None
        try:
            with self.interrupts.allowed():
                if needs:
                    self._bind(side, needs)
                    reseed(_own_seed(frame.text("source")))
                result = self._shell.run(
                    frame.text("source"), lambda output: self.channel.send("output", seq=seq, output=output)
                )
            value, error = result.result, result.error_before_exec or result.error_in_exec
        except BaseException as escaped:  # the student's process fails while names are looked up, or an interrupt
            error = escaped
            output = {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
            self.channel.send("output", seq=seq, output=output)
        said = _said(error, frame.text("source")) if error is not None else RemoteError("", "")
        has_passed = error is None and _number(value) is None and not self._tells_all  # then nobody asks why
        seen = Transcript() if side is None or has_passed else side.transcript
        self.channel.send(
            "done",
            buffers=[seen.numbers.tobytes()],
            lines=seen.lines,
            counts=seen.counts,
            seq=seq,
            success=error is None,
            error=said.type,
            message=said.text,
            points=_number(value),
            student="ok" if side is None else side.state,
            faults=[] if side is None else side.faults,
        )

    def _reference(self, name: str) -> Callable[..., Any]:
        """Return a reference solution; it sees what the locked cells have made, and nothing of the student's."""
        names = {key: value for key, value in self._shell.user_ns.items() if not isinstance(value, StudentObject)}
        for source in self._solutions:
            exec(compile(source, "<reference>", "exec"), names)
        solution: Callable[..., Any] = names[name]
        return solution

    def _bind(self, side: "_RefereeSide | None", needs: Sequence[str]) -> None:
        """Give a check the student's names; one that the student does not have is unknown here, too."""
        if side is None:
            raise StudentStopped("The process of the submission has ended before this check.")
        found = side.ask("look", None, needs)
        if not isinstance(found, dict):
            raise side.malformed("It does not tell its names.")
        for name in needs:
            self._shell.user_ns.pop(name, None)
            if name in found:
                self._shell.user_ns[name] = value = found[name]
                if isinstance(value, StudentObject):
                    value.__name__ = name  # the notebook's name for it, whatever the student has called it


class _RefereeSide:
    """The referee's side of a call; see `calls.Side`. It outlives no student's process."""

    def __init__(
        self, channel: Channel, interrupts: Interrupts, reference: Callable[[str], Callable[..., Any]], noise: float
    ) -> None:
        self._channel = GatedChannel(channel, interrupts)
        self._peer = Peer(self._channel, self, Noise(noise) if noise else None)
        self.reference = reference
        self.transcript = Transcript()
        self._exported: list[Any] = []
        self._printed = 0
        self.state = "ok"
        self.faults: list[str] = []

    def close(self) -> None:
        """Close the connection to a process that has ended."""
        self._channel.close()

    def begin(self) -> None:
        """Begin a new check. What the one before has handed out is worth nothing any more.

        A student's process that keeps the stand-in for a function, the reference say, must not get marks with it.
        """
        self._printed, self.faults, self.transcript = 0, [], Transcript()
        self._exported = [_expired] * len(self._exported)

    def ask(
        self, operation: str, target: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] = MappingProxyType({})
    ) -> Any:
        """Let the student's process do something, and return its result."""
        if self.state != "ok":
            raise StudentStopped("The process of the submission has ended.")
        try:
            result = self._peer.call(operation, target, args, kwargs)
            self.transcript.note(operation, result, *args, *kwargs.values())
            return result
        except FrameTooLargeError as error:
            self.faults.append(f"an argument: {error}")
            raise
        except ConnectionLostError:
            self.state = "gone"
            raise StudentStopped("The process of the submission has ended.") from None
        except ProtocolError as error:
            raise self.malformed(str(error)) from None
        except BaseException as error:  # the student's function has raised it
            self.transcript.note(f"raised {type(error).__name__}", *args, *kwargs.values())
            raise

    def malformed(self, reason: str) -> StudentStopped:
        """Note that the student's process cannot be talked to any more; return what to raise."""
        self.state = "malformed"
        return StudentStopped(f"The process of the submission does not keep to the protocol. {reason}")

    def perform(self, operation: str, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if operation != "call" or not callable(target):
            raise ProtocolError("A student's process can only call functions that it was given.")
        self.transcript.note(f"asks {getattr(target, '__name__', 'a function')}", *_as_seen(target, args, kwargs))
        return target(*args, **kwargs)

    def export(self, value: Any) -> list[Any]:
        if isinstance(value, StudentObject):
            return ["home", value.number]
        if callable(value):
            self._exported.append(value)
            return ["handle", len(self._exported) - 1, "function", str(getattr(value, "__name__", ""))]
        fault = f"an object of type {type(value).__name__} is no data, so it cannot be handed to a student's function"
        self.faults.append(fault)
        raise CannotCrossError(fault)

    def foreign(self, number: int, kind: str, name: str) -> Any:
        proxy = StudentFunction if kind == "function" else StudentObject
        return proxy(self, number, kind[:100], name[:100])

    def home(self, number: int) -> Any:
        if number >= len(self._exported):
            raise ProtocolError("A student's process asks for a function that it was not given.")
        return self._exported[number]

    def describe(self, error: BaseException) -> RemoteError:
        said = describe(error)
        return RemoteError(said.type, said.text, "", said.stops)  # no line of a check goes to the student's process

    def remote_exception(self, error: RemoteError) -> BaseException:
        exception = error.builtin() or _of_numpy(error) or _named(error)
        exception.of_student = True  # type: ignore[attr-defined] # read in `_said`
        if error.traceback:
            exception.add_note(f"In the student's process:\n{error.traceback}")
        return exception

    def stream(self, name: str, text: str) -> None:
        self._printed += len(text)
        if self._printed > MAX_PRINTED:
            self.state = "flooded"
            raise StudentStopped("The student's function prints too much.")
        (sys.stderr if name == "stderr" else sys.stdout).write(text)


def _own_seed(source: str) -> int:
    """Return what a check draws from until it sets a seed: the same at each run, so that nobody is graded by chance."""
    return int.from_bytes(hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()[:4], "big")


def _expired(*_: Any, **__: Any) -> Any:
    raise RuntimeError("This function belonged to an earlier check.")


def _said(error: BaseException, source: str) -> RemoteError:
    """Return an exception as data; a student's own text about the inputs of a hidden test stays out of it."""
    said = describe(error)
    if getattr(error, "of_student", False) and _line_of(error) in hidden_lines(source):
        return RemoteError(said.type, "raised by your function for inputs that stay hidden")
    return said


def _as_seen(target: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a function of a check is asked: by `seen_as` of its own, if it has one and that takes it."""
    with suppress(Exception):  # it is called with whatever the student's function hands over
        return tuple(target.seen_as(*args, **kwargs))  # type: ignore[attr-defined] # whoever has none raises, too
    return list(args), dict(kwargs)


def _line_of(error: BaseException) -> int:
    """Return the line of the check that an exception has passed; 0 if there is none."""
    line, frames = 0, error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_globals.get("__name__") == "__main__" and not line:
            line = frames.tb_lineno
        frames = frames.tb_next
    return line


def _of_numpy(error: RemoteError) -> Exception | None:
    kind = {"LinAlgError": np.linalg.LinAlgError}.get(error.type)
    return kind(error.text) if kind and not error.stops else None


def _named(error: RemoteError) -> BaseException:
    """Return an exception whose type has the name of the student's."""
    base = StudentStopped if error.stops else StudentError
    name = error.type if re.fullmatch(r"[A-Za-z_]\w*", error.type) else base.__name__
    kind: type[BaseException] = type(name, (base,), {})
    return kind(error.text)


def _whole_number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("The length of a student's object should be a whole number.")
    return value


def _number(value: Any) -> float | None:
    """Return nbgrader's partial credit: the number that is the last expression of a check."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return None
    with suppress(Exception):
        number = float(value)
        return number if math.isfinite(number) else 0.0
    return None
