"""The process of a student: runs the cells of a submission, and its functions when the referee calls them.

Whatever runs here may do as it likes with this process: nothing in it is secret, and nothing that it says decides
about a point. It knows one descriptor, the socket to its peer, who is the worker while cells run and the referee while
a check runs. Beside the frames of `calls` these are understood::

    files   names                the contents as buffers; placed in the working directory
    run     seq, source          run one cell; answered by any number of "output" frames and
    done    seq, success, error, message
"""

import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from grading.calls import MAX_ERROR_CHARACTERS, Peer, RemoteError
from grading.errors import ConnectionLostError, ProtocolError
from grading.interrupts import GatedChannel, Interrupts
from grading.shell import CellShell
from grading.wire import MAX_DISPLAY_CHARACTERS, Channel, Frame
from utils.checks import find, replaced  # the same as in a notebook with one process

MAX_ENTRIES = 1_000_000  # of a generator or other iterable of the student's that the referee wants to see as a list
MAX_PIECE = 1_000_000  # characters of printed text in one frame: wire.MAX_JSON_BYTES is 32 million, also for emoji
MAX_TEXT = MAX_DISPLAY_CHARACTERS + 1  # of any other text in a frame: one more than is kept, so that it is noticed


class CheckError(Exception):
    """An error of a check's own kind, raised in a student's function that has called a stand-in."""


class CheckStopped(BaseException):  # it is no error: a check ends the student's function
    """The same where `except Exception` must not stop it."""


def serve(connection: socket.socket, shell: CellShell) -> None:
    """Do what the peer asks for until it is gone."""
    process = _StudentProcess(connection, shell)
    signal.signal(signal.SIGINT, process.interrupts.on_signal)
    try:
        while True:
            process.take(process.channel.receive())
    except (ConnectionLostError, ProtocolError):
        return


class _SharedChannel(GatedChannel):
    """A channel on which threads of the student's may print while the main thread sends something else."""

    def __init__(self, channel: Channel, interrupts: Interrupts) -> None:
        super().__init__(channel, interrupts)
        self.one_at_a_time = threading.RLock()

    def send(self, kind: str, **fields: Any) -> None:
        with self.one_at_a_time:
            if threading.current_thread() is threading.main_thread():
                super().send(kind, **fields)
            else:  # interrupts come to the main thread only
                Channel.send(self, kind, **fields)


class _StudentProcess:
    """The two ways of running a student's code: as a cell for the worker, as a function for the referee."""

    def __init__(self, connection: socket.socket, shell: CellShell) -> None:
        self.interrupts = Interrupts()
        self.channel = _SharedChannel(Channel(connection), self.interrupts)
        self._shell = shell
        self._running = 0  # the number of the cell that runs
        self._peer = Peer(self.channel, _StudentSide(self))

    def take(self, frame: Frame) -> None:
        """Do what one frame asks for."""
        if frame.kind == "files":
            place_files(frame)
        elif frame.kind == "run":
            self._run(frame.text("source"), frame.number("seq"))
        elif frame.kind == "call":
            self._peer.answer(frame)
        else:
            raise ProtocolError(f"A student's process knows no {frame.kind!r} frames.")

    def _run(self, source: str, seq: int) -> None:
        error: BaseException | None
        self._running = seq
        try:
            with self.interrupts.allowed():
                result = self._shell.run(source, lambda output: self._put_out(seq, output))
            error = result.error_before_exec or result.error_in_exec
        except BaseException as escaped:  # an interrupt at the very end, or something that IPython lets through
            error = escaped
        said = describe(error) if error is not None else RemoteError("", "")
        with self.channel.one_at_a_time:
            self._running = 0
        message = said.text[:MAX_ERROR_CHARACTERS]
        self.channel.send("done", seq=seq, success=error is None, error=said.type, message=message)

    def _put_out(self, seq: int, output: dict[str, Any]) -> None:
        """Hand on an output of a cell; what a thread still prints when the cell has ended belongs nowhere."""
        for part in _parts(output):
            with self.channel.one_at_a_time:
                if seq == self._running:
                    self.channel.send("output", seq=seq, output=part)

    def during_call(self) -> ExitStack:
        """Return the context in which a student's code runs while a check waits for it."""
        stack = ExitStack()
        stack.callback(_close_figures)
        stack.enter_context(self._shell.outputs_to(self._stream))
        stack.enter_context(self.interrupts.allowed())
        return stack

    def _stream(self, output: dict[str, Any]) -> None:
        if "data" in output:
            output = {"output_type": "stream", "name": "stdout", "text": f"{output['data'].get('text/plain', '')}\n"}
        if output["output_type"] == "stream":
            for part in _parts(output):
                self.channel.send("stream", name=part["name"], text=part["text"])

    @property
    def names(self) -> dict[str, Any]:
        """The variables of the notebook."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def callback(self, number: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a function of the referee's."""
        return self._peer.call("call", Callback(self, number, ""), args, kwargs)


class Callback:
    """Stands in a student's process for a function of the referee's."""

    def __init__(self, process: _StudentProcess, number: int, name: str) -> None:
        self._process = process
        self.number = number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        return self._process.callback(self.number, args, kwargs)


class _StudentSide:
    """What the student's side of a call does; see `calls.Side`."""

    def __init__(self, process: _StudentProcess) -> None:
        self._process = process
        self._exported: list[Any] = []
        self._replacements: list[ExitStack] = []

    def perform(self, operation: str, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        operations: dict[str, Callable[[], Any]] = {
            "look": lambda: {name: self._process.names[name] for name in args if name in self._process.names},
            "call": lambda: target(*args, **kwargs),
            "find": lambda: find(args[0], self._process.names),
            "attribute": lambda: getattr(target, args[0]),
            "assign": lambda: setattr(target, args[0], args[1]),
            "item": lambda: target[args[0]],
            "length": lambda: len(target),
            "entries": lambda: list(islice(target, MAX_ENTRIES)),
            "replace": lambda: self._replace(target, kwargs),
            "restore": lambda: self._replacements.pop().close(),
        }
        with self._process.during_call():
            return operations[operation]()

    def _replace(self, function: Any, replacements: Mapping[str, Any]) -> None:
        stack = ExitStack()
        stack.enter_context(replaced(function, replacements))
        self._replacements.append(stack)

    def export(self, value: Any) -> list[Any]:
        if isinstance(value, Callback):
            return ["home", value.number]
        self._exported.append(value)
        kind = "function" if callable(value) else type(value).__name__
        return ["handle", len(self._exported) - 1, kind, str(getattr(value, "__name__", ""))]

    def foreign(self, number: int, kind: str, name: str) -> Any:
        return Callback(self._process, number, name)

    def home(self, number: int) -> Any:
        return self._exported[number]

    def describe(self, error: BaseException) -> RemoteError:
        said = describe(error)
        if said.type == "NotImplementedError" and not _is_raised_by_a_cell(error):
            # Not the stub's word for what is not written yet: a library cannot do this.
            return replace(said, type="RuntimeError", text=f"NotImplementedError: {said.text}")
        return said

    def remote_exception(self, error: RemoteError) -> BaseException:
        kind = CheckStopped if error.stops else CheckError
        return error.builtin() or kind(f"{error.type}: {error.text}".rstrip(": "))

    def stream(self, name: str, text: str) -> None:
        """Print nothing: what a stand-in prints appears in its check."""


def _parts(output: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an output in parts that fit into frames: printed text in pieces, all else cut where nobody keeps it."""
    if output["output_type"] != "stream":
        yield _cut(output)
        return
    text = output["text"]
    for start in range(0, len(text), MAX_PIECE):
        yield {**output, "text": text[start : start + MAX_PIECE]}


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {_cut(key): _cut(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_cut(entry) for entry in value]
    return value[:MAX_TEXT] if isinstance(value, str) else value


def describe(error: BaseException) -> RemoteError:
    """Return an exception as data."""
    kind = type(error).__name__
    try:
        # str() of a KeyError puts its key in quotes, and would do so once more where it is raised again
        text = error.args[0] if type(error) is KeyError and _is_text(error.args) else str(error)
        lines = traceback.format_exception(type(error), error, _own_frames(error))
    except Exception:  # the student's exceptions may fail at anything
        return RemoteError(kind, "", "", not isinstance(error, Exception))
    return RemoteError(kind, text, "".join(lines), not isinstance(error, Exception))


def _is_raised_by_a_cell(error: BaseException) -> bool:
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    return frames is not None and frames.tb_frame.f_globals.get("__name__") == "__main__"


def _is_text(args: tuple[Any, ...]) -> bool:
    return len(args) == 1 and type(args[0]) is str


def _own_frames(error: BaseException) -> Any:
    """Return the part of the traceback that begins in the notebook."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__", "").startswith("grading."):
        frames = frames.tb_next
    return frames


def _close_figures() -> None:
    """Close the figures that a function has left open: they belong to a check, not to the student's next cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


def place_files(frame: Frame) -> None:
    """Write files into the working directory; their names are relative, and were checked where they come from."""
    names = frame.fields.get("names")
    if not isinstance(names, list):
        raise ProtocolError("Files should have names.")
    for name, content in zip(names, frame.buffers, strict=True):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
