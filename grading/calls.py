"""Calls between the process of a student and the referee, over the frames of `wire` with the values of `values`.

Both sides are a `Peer` and may call each other, nested to any depth: the referee calls a student's function, and that
one calls a stand-in of the referee's. Four kinds of frames are used::

    call    seq, operation, value [target, args, kwargs], random     carry out an operation and answer
    return  seq, value, changes [[slot, content], ...], random       its result, and what it did to the arguments
    raise   seq, type, text, traceback, stops, cause, changes, random     the exception that ended it instead
    stream  name, text                                               something was printed meanwhile

`seq` numbers the calls of one side. An answer to an older call than the one that waits (an interrupted one) is
dropped; any other that does not fit is a `ProtocolError`. `random` is what has changed in the random generators: see
`generators`. `cause` says that an exception is the one with which an earlier call of the receiver's ended, so that the
receiver can raise its own object again.
"""

import builtins
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grading.changes import apply_change, has_changed, snapshot
from grading.errors import FrameTooLargeError, ProtocolError
from grading.generators import Generators
from grading.values import Decoder, Encoder
from grading.wire import Channel, Frame

MAX_ERROR_CHARACTERS = 10_000  # of an exception's text or traceback: NumPy may print whole arrays


@dataclass(frozen=True)
class RemoteError:
    """An exception of the other process: its type's name and its text, never the object."""

    type: str
    text: str
    traceback: str = ""
    stops: bool = False  # it is no Exception, so that `except Exception` must not catch it

    def builtin(self) -> Exception | None:
        """Return the same as an exception of Python's own, or None where there is no such one.

        StopIteration is left out: it would silently end a check's `map` over the student's function.
        """
        kind = getattr(builtins, self.type, None)
        if self.stops or not isinstance(kind, type) or not issubclass(kind, Exception):
            return None
        if issubclass(kind, StopIteration):
            return None
        try:
            return kind(self.text)
        except Exception:  # UnicodeDecodeError wants five arguments
            return None


class Side(Protocol):
    """What the two sides do differently."""

    def perform(self, operation: str, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Carry out an operation that the other side asks for."""

    def export(self, value: Any) -> list[Any]:
        """Write an object that is no data, or raise CannotCrossError."""

    def foreign(self, number: int, kind: str, name: str) -> Any:
        """Return what stands here for an object of the other side's."""

    def home(self, number: int) -> Any:
        """Return an object of this side's by the number under which it was exported."""

    def describe(self, error: BaseException) -> RemoteError:
        """Return the exception with which an operation ended as data."""

    def remote_exception(self, error: RemoteError) -> BaseException:
        """Return the exception to raise where a call has failed on the other side."""

    def stream(self, name: str, text: str) -> None:
        """Take what the other side has printed during a call."""


class Coders(Protocol):
    """Makes other encoders and decoders than the usual ones; see `noise`."""

    def encoder(self, export: Callable[[Any], list[Any]], slots: Sequence[Any] = ()) -> Encoder:
        """Return an encoder for one message."""

    def decoder(self, *arguments: Any) -> Decoder:
        """Return a decoder for one message."""


class Peer:
    """One side of the connection: `call` asks the other one, `answer` does what the other one asks."""

    def __init__(self, channel: Channel, side: Side, noise: Coders | None = None) -> None:
        self._channel = channel
        self._side = side
        self._new_encoder: Callable[..., Encoder] = Encoder if noise is None else noise.encoder
        self._new_decoder: Callable[..., Decoder] = Decoder if noise is None else noise.decoder
        self._numbers = itertools.count(1)
        self._last = 0  # the number of our newest call
        self._generators = Generators()
        self._failed: dict[int, BaseException] = {}  # by call of the other side: how it ended here

    def call(
        self, operation: str, target: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] = {}
    ) -> Any:  # never changed
        """Let the other side carry out an operation, apply what it has changed, and return its result.

        Raises:
            CannotCrossError: an argument is no data.
            FrameTooLargeError: the arguments are too much for one frame.
            ProtocolError: what came back is no answer.
            ConnectionLostError: the other side is gone.
            BaseException: as `Side.remote_exception` made it from the other side's.
        """
        encoder = self._new_encoder(self._side.export)
        value = encoder.encode([target, list(args), dict(kwargs)])
        seq = self._last = next(self._numbers)
        random = self._generators.changes(encoder.buffers)
        self._channel.send("call", buffers=encoder.buffers, seq=seq, operation=operation, value=value, random=random)
        outer, self._failed = self._failed, {}
        try:
            return self._outcome(self._answer_to(seq), encoder.slots)
        finally:
            self._failed = outer

    def answer(self, frame: Frame) -> None:
        """Do what a "call" frame asks for, and send its outcome."""
        seq = frame.number("seq")
        decoder = self._decoder(frame)
        (target, args, kwargs) = self._call_of(decoder, frame)
        self._generators.take(frame)
        before = [snapshot(value) for value in decoder.slots]
        arguments = list(decoder.slots)
        try:
            result = self._side.perform(frame.text("operation"), target, args, kwargs)
            self._reply("return", seq, arguments, before, result)
        except ProtocolError:
            raise
        except FrameTooLargeError as error:
            self._reply("raise", seq, [], [], None, type="ValueError", text=f"The result: {error}.", traceback="")
        except BaseException as error:  # whatever ends it is an answer
            self._failed[seq] = error  # as long as this side's own call lasts, see `call`
            said = self._side.describe(error)
            self._reply(
                "raise",
                seq,
                arguments,
                before,
                None,
                type=said.type,
                text=said.text[:MAX_ERROR_CHARACTERS],
                traceback=said.traceback[-MAX_ERROR_CHARACTERS:],
                stops=said.stops,
                cause=getattr(error, "cause_seq", None),
            )

    def _reply(self, kind: str, seq: int, arguments: list[Any], before: list[Any], result: Any, **fields: Any) -> None:
        encoder = self._new_encoder(self._side.export, arguments)
        value = encoder.encode(result)
        changes = [
            [slot, encoder.encode_change(argument)]
            for slot, (argument, old) in enumerate(zip(arguments, before, strict=True))
            if has_changed(argument, old)
        ]
        random = self._generators.changes(encoder.buffers)
        self._channel.send(
            kind, buffers=encoder.buffers, seq=seq, value=value, changes=changes, random=random, **fields
        )

    def _answer_to(self, seq: int) -> Frame:
        """Wait for the answer to a call, and serve the other side meanwhile."""
        while True:
            frame = self._channel.receive()
            if frame.kind == "stream":
                self._side.stream(frame.text("name"), frame.text("text"))
            elif frame.kind == "call":
                self.answer(frame)
            elif frame.kind not in ("return", "raise"):
                raise ProtocolError(f"A {frame.kind!r} frame is no answer.")
            elif (number := frame.number("seq")) == seq:
                return frame
            elif number > self._last:
                raise ProtocolError("An answer came before its call.")

    def _outcome(self, frame: Frame, slots: list[Any]) -> Any:
        decoder = self._decoder(frame, slots)
        result = decoder.decode(frame.fields.get("value"))
        for slot, content in self._changes_of(frame, len(slots)):
            apply_change(slots[slot], decoder.decode(content))
        self._generators.take(frame)
        if frame.kind == "return":
            return result
        error = RemoteError(
            frame.text("type")[:100],
            frame.text("text")[:MAX_ERROR_CHARACTERS],
            frame.text("traceback")[:MAX_ERROR_CHARACTERS],
            frame.fields.get("stops") is True,
        )
        cause = frame.fields.get("cause")
        own = self._failed.get(cause) if type(cause) is int else None
        exception = own or self._side.remote_exception(error)
        exception.cause_seq = frame.number("seq")  # type: ignore[attr-defined] # read in `answer`, if it gets there
        raise exception

    def _decoder(self, frame: Frame, slots: Sequence[Any] = ()) -> Decoder:
        return self._new_decoder(frame.buffers, self._side.foreign, self._side.home, slots)

    def _call_of(self, decoder: Decoder, frame: Frame) -> tuple[Any, list[Any], dict[str, Any]]:
        value = decoder.decode(frame.fields.get("value"))
        if not isinstance(value, list) or len(value) != 3:
            raise ProtocolError("A call should have a target, arguments and keywords.")
        target, args, kwargs = value
        if not isinstance(args, list) or not isinstance(kwargs, dict) or not all(type(key) is str for key in kwargs):
            raise ProtocolError("The arguments of a call are not as they should be.")
        return target, args, kwargs

    def _changes_of(self, frame: Frame, slots: int) -> Iterator[tuple[int, Any]]:
        changes = frame.fields.get("changes")
        if not isinstance(changes, list):
            raise ProtocolError("An answer should say what has changed.")
        for change in changes:
            if not isinstance(change, list) or len(change) != 2 or type(change[0]) is not int:
                raise ProtocolError("A change should be a position and a value.")
            if not 0 <= change[0] < slots:
                raise ProtocolError("A change is for an argument that there was not.")
            yield change[0], change[1]
