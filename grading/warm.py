"""The warm parent: a process that has imported what notebooks need, and forks for each submission.

Started by the worker as ``python -m grading.warm DESCRIPTOR MODULES``. It has one thread, no event loop and no secret:
checks, reference solutions and submissions go to the forks over sockets of their own. A request is one datagram with
the descriptors that the fork is to have::

    {"role": "student" | "referee" | "parent", "home": "...", "folder": "...", "joins": true, "bounds": {...} | null}

The descriptors are the socket to the worker, for a referee the socket on which it gets descriptors, and, where the
fork `joins` a sandbox, the pidfd of the process that waits there. With `bounds` (`sandbox.Bounds`) the fork gives up
its rights. A fork in the role "parent" answers requests itself from then on: so the referees of a worker are forked
inside a sandbox that stands already. The answer is {"pid": ...} with a pidfd of the fork, or {"error": ...}.
"""

import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import grading.referee
import grading.student
from grading import sandbox
from grading.generators import reseed
from grading.shell import CellShell, make_shell
from grading.wire import Channel

MAX_REQUEST = 10_000  # bytes
MAX_DESCRIPTORS = 3
# What loads much at its first use, by module: a cell that uses it. PyTorch's first optimizer imports 800 modules.
FIRST_USES = {
    "matplotlib.pyplot": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt; plt.plot([1]); plt.title('1'); plt.legend(['1'])"
    ),
    "torch": "import torch; weight = torch.ones(1, requires_grad=True); torch.optim.SGD([weight], lr=1); print(weight)",
}
LAZY = ("numpy.random", "numpy.testing")  # NumPy imports them at their first use: 10 ms in every fork


def main(arguments: Sequence[str]) -> None:
    """Import, warm up, and fork until the worker is gone."""
    descriptor, *modules = arguments
    connection = socket.socket(fileno=int(descriptor))
    if not sandbox.missing():
        sandbox.prepare_filter()
        sandbox.adopt_orphans()  # a fork in a sandbox has lost its parent, who has entered the sandbox for it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a fork has ended, so the kernel clears it away
    shell = _warm_up(modules)
    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else 1
    if threads != 1:
        connection.send(json.dumps({"error": f"the warm parent has {threads} threads"}).encode())
        return
    gc.collect()
    gc.freeze()  # the collector of a fork leaves these pages alone, so they stay shared
    connection.send(json.dumps({"ready": True}).encode())
    _answer_requests(connection, shell)


def _answer_requests(connection: socket.socket, shell: CellShell) -> None:
    """Fork until the worker is gone."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, MAX_DESCRIPTORS)
        if not request:
            return
        try:
            pid = _fork(json.loads(request), descriptors, shell)
            found = os.pidfd_open(pid)
        except (OSError, _ForkError) as error:
            connection.send(json.dumps({"error": str(error)}).encode())
        else:
            socket.send_fds(connection, [json.dumps({"pid": pid}).encode()], [found])
            os.close(found)
        for number in descriptors:
            os.close(number)


def _warm_up(modules: Sequence[str]) -> CellShell:
    """Make the shell, and use once what would be loaded at its first use in every fork."""
    shell = make_shell()
    for name in [*modules, *LAZY]:
        with suppress(Exception):  # then the notebook finds out itself
            importlib.import_module(name)
    # grading.student keeps what it has of this package; a notebook imports the copy in its own folder.
    for name in [name for name in sys.modules if name.split(".")[0] == "utils"]:
        del sys.modules[name]
    outputs: list[Any] = []
    shell.run("1 / 0", outputs.append)
    shell.run("1", outputs.append)
    for name, source in FIRST_USES.items():
        if name in sys.modules:
            shell.run(source, outputs.append)
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    shell.execution_count = 1
    return shell


class _ForkError(Exception):
    """There is no fork; the text says why."""


def _fork(request: dict[str, Any], descriptors: list[int], shell: CellShell) -> int:
    """Fork the process that was asked for, and return its number.

    Raises:
        _ForkError: it could not join its sandbox.
        OSError: the kernel refuses.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if request["joins"]:
                _join(descriptors.pop(), writing)
            else:
                sandbox.die_with_parent()
            _serve(request, descriptors, shell)
        finally:
            os._exit(0)  # no exit handler and no buffer of the warm parent's
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        joined = json.loads(answer.read() or b"{}") if request["joins"] else {"pid": child}
    if "pid" not in joined:
        raise _ForkError(joined.get("error", "the forked process has ended at once"))
    return int(joined["pid"])


def _join(descriptor: int, writing: int) -> None:
    """Join the sandbox, and return in a process of its pid namespace; tell the warm parent which one that is."""
    try:
        sandbox.enter(descriptor)
        child = os.fork()
    except OSError as error:
        os.write(writing, json.dumps({"error": f"the sandbox cannot be entered: {error}"}).encode())
        os._exit(1)
    if child:
        os.write(writing, json.dumps({"pid": child}).encode())
        os._exit(0)


def _serve(request: dict[str, Any], descriptors: list[int], shell: CellShell) -> None:
    """Be the student's process, the referee or a parent of such, until there is no more to do."""
    os.setsid()
    _share_nothing(request, descriptors)
    sockets = [socket.socket(fileno=number) for number in descriptors]
    if request["role"] == "parent":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _answer_requests(sockets[0], shell)
        return
    channel = Channel(sockets[0])
    try:
        if request["bounds"]:
            if not request["joins"]:
                sandbox.empty_folders()  # not those in which the one before has left something
            sandbox.confine(sandbox.Bounds(**request["bounds"]))
        Path(request["folder"]).mkdir(parents=True, exist_ok=True)
        os.chdir(request["folder"])
    except Exception as error:  # whatever it is, it is ours
        channel.send("failed", text=f"{type(error).__name__}: {error}")
        return
    sys.path[0:1] = [request["folder"]]
    channel.send("ready")
    if request["role"] == "referee":
        grading.referee.serve(sockets[0], sockets[1], shell)
    else:
        grading.student.serve(sockets[0], shell)


def _share_nothing(request: dict[str, Any], descriptors: list[int]) -> None:
    """Let go of what a fork copies by accident: descriptors, the home, the state of the random generators."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until there is something to interrupt
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    start = 3
    for number in [*sorted(descriptors), os.sysconf("SC_OPEN_MAX")]:
        os.closerange(start, number)
        start = number + 1
    os.environ["HOME"] = request["home"]
    os.environ["IPYTHONDIR"] = f"{request['home']}/.ipython"
    os.environ["TMPDIR"] = "/tmp" if request["bounds"] else request["home"]
    reseed()  # a fork copies the state of the generators: all submissions would draw the same
    random.seed()


if __name__ == "__main__":
    main(sys.argv[1:])
