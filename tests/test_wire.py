"""Frames: what is sent arrives, and whatever is no frame is refused before it costs anything."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.errors import ConnectionLostError, FrameTooLargeError, ProtocolError, WaitedTooLongError
from grading.wire import HEADER, MAGIC, MAX_DATA_BYTES, MAX_JSON_BYTES, Channel

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    """A raw socket, to send anything, and the channel that has to cope with it."""
    raw, ours = socket.socketpair()
    with raw, ours:
        yield raw, Channel(ours)


@settings(max_examples=60)
@given(
    fields=st.dictionaries(st.text(min_size=1), JSON, max_size=4), parts=st.lists(st.binary(max_size=200), max_size=4)
)
def test_a_frame_arrives_as_it_was_sent(fields: dict[str, object], parts: list[bytes]) -> None:
    fields = {
        name: value for name, value in fields.items() if name not in ("kind", "sizes", "buffers", "until", "self")
    }
    left, right = socket.socketpair()
    with left, right:
        Channel(left).send("call", buffers=parts, until=time.monotonic() + 10, **fields)
        frame = Channel(right).receive(time.monotonic() + 10)
    assert (frame.kind, frame.fields) == ("call", fields)
    assert [bytes(buffer) for buffer in frame.buffers] == parts


def test_a_frame_larger_than_the_sockets_buffer_arrives_whole(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    data = bytes(range(256)) * 40_000
    sender = threading.Thread(target=Channel(raw).send, args=("data",), kwargs={"buffers": [data]})
    sender.start()
    frame = channel.receive(time.monotonic() + 20)
    sender.join()
    assert bytes(frame.buffers[0]) == data


@pytest.mark.parametrize(
    "data",
    [
        b"x" * HEADER.size,
        HEADER.pack(b"GRD2", 2, 0) + b"{}",
        HEADER.pack(MAGIC, MAX_JSON_BYTES + 1, 0),
        HEADER.pack(MAGIC, 2, MAX_DATA_BYTES + 1),
        HEADER.pack(MAGIC, 3, 0) + b"{}}",
        HEADER.pack(MAGIC, 2, 0) + b"[]",
        HEADER.pack(MAGIC, 2, 0) + b"{}",
        HEADER.pack(MAGIC, 12, 0) + b'{"kind": 12}',
        HEADER.pack(MAGIC, 13, 0) + b'{"kind": "x"}',
        HEADER.pack(MAGIC, 26, 0) + b'{"kind": "x", "sizes": 12}',
        HEADER.pack(MAGIC, 28, 0) + b'{"kind": "x", "sizes": [-1]}',
        HEADER.pack(MAGIC, 27, 1) + b'{"kind": "x", "sizes": [2]}' + b"a",
        HEADER.pack(MAGIC, 30, 1) + b'{"kind": "x", "sizes": [true]}' + b"a",
        HEADER.pack(MAGIC, 4, 0) + b"\xff\xfe\xfd\xfc",
        HEADER.pack(MAGIC, 200_000, 0) + b"[" * 200_000,
        HEADER.pack(MAGIC, 9_002, 0) + b"1" * 9_002,
    ],
)
def test_what_is_no_frame_is_refused(ends: tuple[socket.socket, Channel], data: bytes) -> None:
    raw, channel = ends
    threading.Thread(target=raw.sendall, args=(data,), daemon=True).start()
    with pytest.raises(ProtocolError):
        channel.receive(time.monotonic() + 10)


@settings(max_examples=100)
@given(data=st.binary(min_size=HEADER.size, max_size=300))
def test_any_bytes_are_a_frame_or_an_error_of_ours(data: bytes) -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(MAGIC + struct.pack(">II", max(len(data) - 4, 0), 4) + data)
        left.shutdown(socket.SHUT_WR)
        with pytest.raises((ProtocolError, ConnectionLostError)):
            while True:
                Channel(right).receive(time.monotonic() + 10)


def test_a_length_alone_reserves_no_memory(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    raw.sendall(HEADER.pack(MAGIC, MAX_JSON_BYTES, MAX_DATA_BYTES))
    raw.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionLostError):
        channel.receive()


def test_who_does_not_answer_or_read_is_not_waited_for(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    with pytest.raises(WaitedTooLongError):
        channel.receive(time.monotonic() + 0.05)
    with pytest.raises(WaitedTooLongError):
        channel.send("data", buffers=[bytes(50_000_000)], until=time.monotonic() + 0.05)
    raw.close()
    with pytest.raises(ConnectionLostError):
        channel.send("data")


def test_a_frame_that_nobody_could_receive_is_not_sent(ends: tuple[socket.socket, Channel]) -> None:
    _, channel = ends
    with pytest.raises(FrameTooLargeError, match="too much to be handed over"):
        channel.send("data", text="x" * (MAX_JSON_BYTES + 1))


def test_a_field_of_another_kind_is_an_error_that_names_it(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    Channel(raw).send("done", seq="7", text=7)
    frame = channel.receive(time.monotonic() + 10)
    with pytest.raises(ProtocolError, match="'seq' of a 'done' frame should be a whole number"):
        frame.number("seq")
    with pytest.raises(ProtocolError, match="'text' of a 'done' frame should be text"):
        frame.text("text")
