"""The frames that the processes of a run send one another: length, kind and fields, then raw bytes.

A frame is ``b"GRD1"``, two unsigned 32-bit integers (big-endian), a JSON object of the first length, and raw bytes of
the second, which the JSON refers to by position and length::

    | magic 4 | json length 4 | data length 4 | {"kind": "return", "seq": 7, "sizes": [200, 16], ...} | 216 bytes |

JSON and raw bytes are data and nothing else: no frame can make its receiver import, call or build anything. Both
lengths are bounded before anything is read into memory, and whatever does not fit the description is a
`ProtocolError`. The process of a student is hostile: for its frames, that error is the student's fault.
"""

import json
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grading.errors import ConnectionLostError, FrameTooLargeError, ProtocolError, WaitedTooLongError

MAGIC = b"GRD1"
HEADER = struct.Struct(">4sII")
MAX_JSON_BYTES = 32_000_000  # a million numbers in a list
MAX_DATA_BYTES = 256_000_000  # 32 million floats; the parameters of the largest exercise have 100,000
MAX_BUFFERS = 100_000
MAX_DISPLAY_CHARACTERS = 5_000_000  # of one cell's plots and results; a plot of 14,000 points as SVG has 1 million
CHUNK = 1 << 20


@dataclass(frozen=True)
class Frame:
    """One message: what it is, its fields, and its raw parts."""

    kind: str
    fields: dict[str, Any]
    buffers: tuple[memoryview, ...] = field(default=(), repr=False)

    def text(self, name: str) -> str:
        """Return a field that must be text."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise ProtocolError(f"The field {name!r} of a {self.kind!r} frame should be text.")
        return value

    def number(self, name: str) -> int:
        """Return a field that must be a whole number."""
        value = self.fields.get(name)
        if type(value) is not int:
            raise ProtocolError(f"The field {name!r} of a {self.kind!r} frame should be a whole number.")
        return value


class Channel:
    """One end of a stream socket that carries frames. Not for several threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(connection, select.POLLIN)
        self._writable.register(connection, select.POLLOUT)

    @property
    def socket(self) -> socket.socket:
        """The socket, to be handed to another process."""
        return self._socket

    def send(
        self, kind: str, *, buffers: Sequence[bytes | memoryview] = (), until: float | None = None, **fields: Any
    ) -> None:
        """Send one frame.

        Args:
            kind: what the frame is.
            buffers: its raw parts, contiguous.
            until: `time.monotonic()` after which to give up; without it, sending may block for ever.
            fields: anything that JSON can hold.

        Raises:
            FrameTooLargeError: it is more than a frame may hold.
            ConnectionLostError: nobody is there to read it.
            WaitedTooLongError: it could not be sent in time.
        """
        sizes = [memoryview(buffer).nbytes for buffer in buffers]
        text = json.dumps({"kind": kind, "sizes": sizes, **fields}, ensure_ascii=False, check_circular=False)
        encoded = text.encode("utf-8", "surrogatepass")
        if len(encoded) > MAX_JSON_BYTES or sum(sizes) > MAX_DATA_BYTES or len(sizes) > MAX_BUFFERS:
            raise FrameTooLargeError(f"{len(encoded) + sum(sizes):,} bytes are too much to be handed over at once")
        parts = b"".join([HEADER.pack(MAGIC, len(encoded), sum(sizes)), encoded, *buffers])
        self._send_all(memoryview(parts), until)

    def receive(self, until: float | None = None) -> Frame:
        """Wait for one frame and return it.

        Raises:
            ProtocolError: what came is no frame.
            ConnectionLostError: the other end is closed.
            WaitedTooLongError: the frame did not come in time, or not wholly.
        """
        if until is not None and time.monotonic() > until:  # who never stops talking is not listened to for ever
            raise WaitedTooLongError("The other process does not come to an end.")
        magic, json_size, data_size = HEADER.unpack(self._receive_exactly(HEADER.size, until))
        if magic != MAGIC or json_size > MAX_JSON_BYTES or data_size > MAX_DATA_BYTES:
            raise ProtocolError("A frame has no valid beginning.")
        content = _parse(self._receive_exactly(json_size, until))
        data = memoryview(self._receive_exactly(data_size, until))
        return Frame(content.pop("kind"), content, tuple(_split(data, content.pop("sizes"))))

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _send_all(self, data: memoryview, until: float | None) -> None:
        while data:
            try:
                sent = self._socket.send(data[:CHUNK], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                _wait(self._writable, until)
                continue
            except OSError as error:
                raise ConnectionLostError("The other process has ended.") from error
            data = data[sent:]

    def _receive_exactly(self, size: int, until: float | None) -> bytearray:
        data = bytearray(min(size, CHUNK))  # grows as the bytes come in: a length alone reserves no memory
        filled = 0
        while filled < size:
            if filled == len(data):
                data.extend(bytes(min(size - filled, len(data))))
            try:
                count = self._socket.recv_into(memoryview(data)[filled:], flags=socket.MSG_DONTWAIT)
            except BlockingIOError:
                _wait(self._readable, until)
                continue
            except OSError as error:
                raise ConnectionLostError("The other process has ended.") from error
            if not count:
                raise ConnectionLostError("The other process has ended.")
            filled += count
        return data


def _wait(event: "select.poll", until: float | None) -> None:
    milliseconds = None if until is None else max(until - time.monotonic(), 0) * 1000
    if not event.poll(milliseconds):
        raise WaitedTooLongError("The other process does not answer.")


def _parse(data: bytearray) -> dict[str, Any]:
    try:
        content = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A frame holds no JSON: {type(error).__name__}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        raise ProtocolError("A frame does not say of which kind it is.")
    if not isinstance(content.get("sizes"), list):
        raise ProtocolError("A frame does not say how its data is divided.")
    return content


def _split(data: memoryview, sizes: list[Any]) -> list[memoryview]:
    if len(sizes) > MAX_BUFFERS or not all(type(size) is int and size >= 0 for size in sizes):
        raise ProtocolError("The sizes of the parts of a frame should be whole numbers.")
    if sum(sizes) != len(data):
        raise ProtocolError("The parts of a frame do not add up to its data.")
    parts, start = [], 0
    for size in sizes:
        parts.append(data[start : start + size])
        start += size
    return parts
