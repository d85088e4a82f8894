"""The processes of a run as the worker sees them: the warm parent, its forks, and what is said to a fork.

`warm_parent` starts one warm parent for each worker and set of modules; it ends with the worker. `Forks` makes the
student's process and the referee of one submission, each in a sandbox, and ends all of them at its end.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from grading.errors import ConnectionLostError, GradingError, ProtocolError, WaitedTooLongError
from grading.outputs import Outputs
from grading.sandbox import HOME, WORKSPACE, Sandbox
from grading.wire import Channel, Frame

WARM_SECONDS = 180  # for the imports of the warm parent: a large library on a cold disk takes a minute
FORK_SECONDS = 60  # a fork takes 5 ms; a machine that swaps takes far longer
MAX_WARM_PARENTS = 3  # a worker grades one assignment; a server may come back to another one
MAX_ANSWER = 10_000  # bytes, of the warm parent's answer


class WarmParent:
    """The process that forks; see `warm`."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Start it, and do not wait for it: a worker has other things to do meanwhile."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grading.warm", str(theirs.fileno()), *modules],
            pass_fds=[theirs.fileno()],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        self._ready = False

    def fork(self, request: dict[str, Any], descriptors: Sequence[int]) -> int:
        """Let it fork one process with these descriptors, and return the number of that process.

        Raises:
            GradingError: it cannot.
        """
        if not self._ready:
            self._answer(WARM_SECONDS)
            self._ready = True
        with suppress(OSError):  # then there is no answer either, and that is what is told
            socket.send_fds(self._socket, [json.dumps(request).encode()], list(descriptors))
        return int(self._answer(FORK_SECONDS)["pid"])

    def _answer(self, seconds: float) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        try:
            text = self._socket.recv(MAX_ANSWER)
        except OSError:
            text = b""
        if not text:
            assert self._process.stderr is not None
            self._process.kill()
            said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
            raise GradingError(f"The warm parent of the grading processes has ended: {(said or ['no reason'])[-1]}")
        answer: dict[str, Any] = json.loads(text)
        if "error" in answer:
            raise GradingError(f"The grading processes cannot be started: {answer['error']}.")
        return answer

    @property
    def lives(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


def warm_parent(modules: tuple[str, ...]) -> WarmParent:
    """Return the warm parent of this worker for these modules; one that was killed is replaced."""
    parents = _warm_parents()
    if modules in parents and not parents[modules].lives:
        parents.pop(modules).close()
    if modules not in parents:
        parents[modules] = WarmParent(modules)
    while len(parents) > MAX_WARM_PARENTS:
        parents.pop(next(iter(parents))).close()
    return parents[modules]


@lru_cache
def _warm_parents() -> dict[tuple[str, ...], WarmParent]:
    """Return the warm parents of this process, the oldest first; made once, and closed at its end."""
    parents: dict[tuple[str, ...], WarmParent] = {}
    atexit.register(_close_all, parents)
    return parents


def _close_all(parents: dict[tuple[str, ...], WarmParent]) -> None:
    for parent in parents.values():
        parent.close()


def _environment() -> dict[str, str]:
    """Return the environment of all forks: nothing of the grader's, one thread for linear algebra.

    More threads would make the workers fight for the cores, and the warm parent must have one before it forks.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "HOME") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kernels = {name: os.environ[name] for name in ("OPENBLAS_CORETYPE",) if name in os.environ}
    return {**kept, **threads, **kernels, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class Process:
    """A fork: the student's process or the referee."""

    def __init__(self, pid: int, channel: Channel, descriptors: socket.socket | None, place: "_Place") -> None:
        self.pid = pid
        self.channel = channel
        self._descriptors = descriptors  # of a referee: where it takes new connections from
        self._place = place
        self._is_over = False
        self._seq = 0

    def run(self, source: str, needs: Sequence[str] | None, outputs: Outputs, until: float) -> Frame:
        """Let it run a cell, or, with `needs`, a check; return the frame that ends it.

        Raises:
            WaitedTooLongError: it did not come to an end by `until`, a `time.monotonic()`.
            OverflowError: it puts out too much.
            ConnectionLostError: the process has ended.
            ProtocolError: it says something that is no answer.
        """
        self._seq += 1
        kind, names = ("run", None) if needs is None else ("check", list(needs))
        self.channel.send(kind, until=until, seq=self._seq, source=source, needs=names)
        return self.finish(outputs, until)

    def wait_until_ready(self) -> None:
        """Wait until it has taken its limits and given up its rights; before that, nothing of a submission runs there.

        Raises:
            GradingError: it could not. That is no fault of the submission.
        """
        try:
            frame = self.channel.receive(time.monotonic() + FORK_SECONDS)
        except (WaitedTooLongError, ConnectionLostError) as error:
            raise GradingError(f"A grading process could not be prepared: {error}") from error
        if frame.kind != "ready":
            raise GradingError(f"A grading process could not be confined: {frame.text('text')}")

    def finish(self, outputs: Outputs, until: float) -> Frame:
        """Take the outputs of the cell that runs, and return the frame that ends it."""
        while True:
            frame = self.channel.receive(until)
            if frame.kind not in ("output", "done") or frame.number("seq") != self._seq:
                if frame.kind in ("stream", "return", "raise"):
                    continue  # what a call that was interrupted still had to say
                raise ProtocolError(f"A {frame.kind!r} frame was not due.")
            if frame.kind == "done":
                return frame
            outputs.add(frame.fields.get("output"))

    def interrupt(self) -> None:
        """Send what Ctrl-C sends."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def connect(self, other: "Process") -> None:
        """Give a referee the connection to a student's process."""
        assert self._descriptors is not None
        self.channel.send("connect")
        socket.send_fds(self._descriptors, [b"."], [other.channel.socket.fileno()])

    def kill(self) -> None:
        """Let it end, and do not wait for that."""
        if self._place.sandbox is not None and not self._is_over:
            self._place.sandbox.kill()

    def end(self) -> None:
        """End it, with whatever it has started."""
        self._is_over = True
        self._place.close(self.pid)
        self.channel.close()
        if self._descriptors is not None:
            self._descriptors.close()


class _Place:
    """Where a fork runs: in a sandbox, or else in a temporary folder."""

    def __init__(self, sandboxed: bool) -> None:
        self.sandbox = Sandbox() if sandboxed else None
        self.home = HOME if sandboxed else tempfile.mkdtemp(prefix="grading-")
        self.folder = WORKSPACE if sandboxed else str(Path(self.home) / "work")

    def close(self, pid: int | None) -> None:
        """End the fork, if there is one, and leave nothing behind."""
        if self.sandbox is not None:
            self.sandbox.close()
            return
        if pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


class Forks:
    """Makes the processes of one submission, and ends them all at the end."""

    def __init__(self, warm: WarmParent, sandboxed: bool, memory: int, seconds: float) -> None:
        self._warm, self._sandboxed = warm, sandboxed
        self._bounds = {"memory": memory, "cpu": int(seconds) + 60}  # a minute for starting and coming to an end
        self._places = [_Place(sandboxed), _Place(sandboxed)]  # bubblewrap builds both at the same time
        self._processes: list[Process] = []

    def __enter__(self) -> "Forks":
        return self

    def start(self, role: str) -> Process:
        """Fork a "student" or a "referee".

        Raises:
            GradingError: it cannot be started.
        """
        place = self._places.pop() if self._places else _Place(self._sandboxed)
        with ExitStack() as undone:
            undone.callback(place.close, None)
            ours, theirs = socket.socketpair()
            undone.callback(ours.close)
            descriptors, handed = socket.socketpair() if role == "referee" else (None, None)
            if descriptors is not None:
                undone.callback(descriptors.close)
            given = [one.fileno() for one in (theirs, handed) if one is not None]
            entrance = None
            try:
                if place.sandbox is not None:
                    entrance = place.sandbox.descriptor()
                    given.append(entrance)
                request = {"role": role, "sandboxed": self._sandboxed, "home": place.home, "folder": place.folder}
                pid = self._warm.fork({**request, **self._bounds}, given)
            finally:
                theirs.close()
                if handed is not None:
                    handed.close()
                if entrance is not None:
                    os.close(entrance)
            undone.pop_all()
        process = Process(pid, Channel(ours), descriptors, place)
        self._processes.append(process)
        return process

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()  # all at once: each takes the kernel some milliseconds
        for process in self._processes:
            process.end()
        for place in self._places:
            place.close(None)
