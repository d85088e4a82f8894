"""The warm parent: a process that has imported what notebooks need, and forks for each submission.

Started by the worker as ``python -m grading.warm DESCRIPTOR MODULES``. It has one thread, no event loop and no secret:
checks, reference solutions and submissions go to the forks over sockets of their own. A request is one datagram with
the descriptors that the fork is to have::

    {"role": "student" | "referee", "sandboxed": true, "home": "...", "folder": "...", "memory": ..., "cpu": ...}

The descriptors are the socket to the worker, for a referee the socket on which it gets descriptors, and with a sandbox
the pidfd of its process. The answer is {"pid": ...} or {"error": ...}.
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

import numpy as np

import grading.referee
import grading.student
from grading import sandbox
from grading.shell import CellShell, make_shell
from grading.wire import Channel

MAX_REQUEST = 10_000  # bytes
MAX_DESCRIPTORS = 3
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
    while True:
        request, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, MAX_DESCRIPTORS)
        if not request:
            return
        connection.send(json.dumps(_fork(json.loads(request), descriptors, connection, shell)).encode())
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
    if "matplotlib.pyplot" in sys.modules:
        shell.run_line_magic("matplotlib", "inline")
        shell.run("import matplotlib.pyplot as plt; plt.plot([1]); plt.title('1'); plt.legend(['1'])", outputs.append)
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    shell.execution_count = 1
    return shell


def _fork(
    request: dict[str, Any], descriptors: list[int], connection: socket.socket, shell: CellShell
) -> dict[str, Any]:
    """Fork the process that was asked for, and return what to tell the worker."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        number = os.getpid()  # before the sandbox counts anew
        try:
            if request["sandboxed"]:
                _join(descriptors.pop(), writing)
            else:
                sandbox.die_with_parent()
            _serve(request, descriptors, shell, number)
        finally:
            os._exit(0)  # no exit handler and no buffer of the warm parent's
    os.close(writing)
    if not request["sandboxed"]:
        os.close(reading)
        return {"pid": child}
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    return json.loads(text) if text else {"error": "the forked process has ended at once"}


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


def _serve(request: dict[str, Any], descriptors: list[int], shell: CellShell, number: int) -> None:
    """Be the student's process or the referee, until there is no more to do."""
    os.setsid()
    _share_nothing(request, descriptors)
    sockets = [socket.socket(fileno=number) for number in descriptors]
    channel = Channel(sockets[0])
    try:
        if request["sandboxed"]:
            user = sandbox.UNPRIVILEGED_IDS[number % len(sandbox.UNPRIVILEGED_IDS)]
            sandbox.confine(sandbox.Bounds(request["memory"], request["cpu"], user))
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
    os.environ["TMPDIR"] = "/tmp" if request["sandboxed"] else request["home"]
    np.random.seed()  # a fork copies the state of NumPy's generator: all submissions would draw the same
    random.seed()


if __name__ == "__main__":
    main(sys.argv[1:])
