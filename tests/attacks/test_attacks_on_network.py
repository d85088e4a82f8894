"""Attacks that talk to somebody. A test opens who listens, and shows that the attack reaches it where it may."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def in_plain_python(source: str) -> str:
    """Run a cell where nothing protects, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def is_silent(listener: socket.socket) -> bool:
    """Say whether nobody has called by now."""
    listener.setblocking(False)
    try:
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(100)
    except BlockingIOError:
        return True
    return False


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path fits into the address of a socket."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def call(family: str, kind: str, address: Any) -> str:
    """Return a cell that calls a listener."""
    return (
        f"import socket\nwith socket.socket(socket.{family}, socket.{kind}) as caller:\n"
        f"    caller.settimeout(2)\n    caller.connect({address!r})\n    caller.send(b'hello')\n"
    )


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
@pytest.mark.parametrize("place", ["IPv4", "IPv6", "abstract", "path"])
def test_nobody_on_this_machine_is_called(
    attack: Callable[..., Any], short_folder: Path, place: str, kind: str
) -> None:
    family, address = {
        "IPv4": ("AF_INET", ("127.0.0.1", 0)),
        "IPv6": ("AF_INET6", ("::1", 0)),
        "abstract": ("AF_UNIX", f"\0attack-{os.getpid()}-{kind}"),
        "path": ("AF_UNIX", str(short_folder / "socket")),
    }[place]
    try:
        listener = socket.socket(getattr(socket, family), getattr(socket, kind))
    except OSError as error:
        pytest.skip(f"This machine has no such sockets: {error}")
    with listener:
        try:
            listener.bind(address)
        except OSError as error:
            pytest.skip(f"This machine has no such address: {error}")
        if kind == "SOCK_STREAM":
            listener.listen()
        if place == "path":
            Path(str(address)).chmod(0o777)
        source = call(family, kind, address if family == "AF_UNIX" else listener.getsockname())
        in_plain_python(source)
        assert not is_silent(listener)  # where it may, the attack reaches it
        # In a cell, and in a function while a check calls it.
        scale = f"# GRADED FUNCTION: scale\ndef scale(values, factor):\n    exec({source!r})"
        text = attack(source, scale=scale).text("added-0")
        assert any(error in text for error in ("PermissionError", "ConnectionRefusedError", "FileNotFoundError")), text
        assert is_silent(listener)


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        pytest.param(16, "SOCK_RAW", id="netlink"),
        pytest.param(40, "SOCK_STREAM", id="vsock"),
        pytest.param(17, "SOCK_RAW", id="packet"),
        pytest.param(38, "SOCK_SEQPACKET", id="crypto"),
        pytest.param(2, "SOCK_RAW", id="raw"),
        pytest.param(31, "SOCK_RAW", id="bluetooth"),
    ],
)
def test_sockets_to_the_kernel_and_to_the_machine_below_are_refused(
    attack: Callable[..., Any], family: int, kind: str
) -> None:
    # 1: EPERM is what the filter says; a kernel that lacks a family would say EAFNOSUPPORT.
    source = (
        f"import socket\ntry:\n    socket.socket({family}, socket.{kind}).close()\n    print('open')\n"
        "except OSError as error:\n    print(error.errno)"
    )
    assert attack(source).text("added-0") == "1\n"


def test_names_are_not_resolved_and_pages_are_not_fetched(attack: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = (
            "import urllib.request\ntry:\n"
            "    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
            f"    opener.open('http://localhost:{listener.getsockname()[1]}', timeout=0.5)\n"
            "except OSError as error:\n    print('reached' if 'timed out' in str(error) else 'refused')"
        )
        assert in_plain_python(source) == "reached\n"
        assert not is_silent(listener)
        assert attack(source).text("added-0") == "refused\n"
        assert is_silent(listener)


def test_descriptors_that_are_sent_into_the_engine_do_not_stay_there(attack: Callable[..., Any], forge: str) -> None:
    source = forge + (
        "import array\nkept = open('/tmp/own', 'w+')\n"
        "rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array('i', [kept.fileno()] * 10))]\n"
        "for _ in range(20):\n    connection.sendmsg([frame('stream', name='stdout', text='')], rights)\n"
        "print('sent')"
    )
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    assert attack(source).text("added-0") == "sent\n"
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_before
