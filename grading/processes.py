"""The processes of a run as the worker sees them: the warm parent, its forks, and what is said to a fork.

`warm_parent` starts one warm parent for each worker and set of modules; it ends with the worker. `Forks` makes the
student's process and the referee of one submission, and ends both at its end. Each student's process gets a sandbox of
its own. The referees of a worker, which run the code of the course, share one that stands as long as the worker, and
are forked inside it by a process of the warm parent's kind.
"""

import atexit
import json
import os
import select
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
from grading.kernels import FORCED_BY, FORCED_IN_PYTORCH
from grading.outputs import Outputs
from grading.sandbox import HOME, Sandbox, has_room_for_others
from grading.wire import Channel, Frame

WARM_SECONDS = 180  # for the imports of the warm parent: a large library on a cold disk takes a minute
FORK_SECONDS = 60  # a fork takes 5 ms; a machine that swaps takes far longer
END_SECONDS = 10  # from SIGKILL to the end; milliseconds
MAX_WARM_PARENTS = 3  # a worker grades one assignment; a server may come back to another one
MAX_ANSWER = 10_000  # bytes, of the warm parent's answer


class Parent:
    """A process that forks others on request; see `warm`."""

    def __init__(self, connection: socket.socket) -> None:
        """Take the socket on which it answers."""
        self._socket = connection

    def ask_for_fork(self, request: dict[str, Any], descriptors: Sequence[int]) -> None:
        """Let it fork one process with these descriptors; `forked` is to be called next."""
        with suppress(OSError):  # then there is no answer either, and that is what is told
            socket.send_fds(self._socket, [json.dumps(request).encode()], list(descriptors))

    def forked(self) -> tuple[int, int]:
        """Return the number of the process that was asked for, as its parent knows it, and a pidfd.

        Raises:
            GradingError: there is none.
        """
        answer, descriptors = self._answer(FORK_SECONDS)
        return int(answer["pid"]), descriptors[0]

    def _answer(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        self._socket.settimeout(seconds)
        try:
            text, descriptors, _, _ = socket.recv_fds(self._socket, MAX_ANSWER, 1)
        except OSError:
            text, descriptors = b"", []
        if not text:
            raise GradingError(f"The warm parent of the grading processes has ended: {self._last_words()}")
        answer: dict[str, Any] = json.loads(text)
        if "error" in answer:
            raise GradingError(f"The grading processes cannot be started: {answer['error']}.")
        return answer, descriptors

    def _last_words(self) -> str:
        self.close()
        return "no reason"

    def close(self) -> None:
        """End it."""
        self._socket.close()


class WarmParent(Parent):
    """The one that was started by exec, with what it keeps at hand for the submissions of a worker."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Start it, and do not wait for it: a worker has other things to do meanwhile."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(ours)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grading.warm", str(theirs.fileno()), *modules],
            pass_fds=[theirs.fileno()],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        self._is_ready = False
        self._referees: _RefereeParent | None = None
        self._spare: Sandbox | None = None
        self._ending: list[Sandbox] = []

    def ask_for_fork(self, request: dict[str, Any], descriptors: Sequence[int]) -> None:
        """Let it fork; the first time, wait until it has imported everything."""
        if not self._is_ready:
            self._answer(WARM_SECONDS)
            self._is_ready = True
        super().ask_for_fork(request, descriptors)

    def referees(self) -> "_RefereeParent":
        """Return the parent of the referees in sandboxes; one that has ended is replaced."""
        if self._referees is not None and not self._referees.is_free():
            self._referees.close()
            self._referees = None
        if self._referees is None:
            self._referees = _RefereeParent(self)
        return self._referees

    def sandbox(self) -> Sandbox:
        """Return a new sandbox, if need be the one that `prepare` has begun to build."""
        spare, self._spare = self._spare, None
        if spare is not None and spare.lives:
            return spare
        if spare is not None:
            spare.close()
        return Sandbox()

    def prepare(self) -> None:
        """Let bubblewrap build the sandbox of the next submission while this one runs."""
        if self._spare is None:
            self._spare = Sandbox()

    def leave(self, sandbox: Sandbox) -> None:
        """Take a sandbox in which everything was killed, and reap it when the kernel has had time for that."""
        sandbox.kill()
        ended, self._ending = self._ending, [sandbox]
        for one in ended:
            one.close()

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        self._process.kill()
        said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return (said or ["no reason"])[-1]

    @property
    def lives(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and all that it keeps."""
        super().close()
        if self._referees is not None:
            self._referees.close()
        for sandbox in [*self._ending, *([self._spare] if self._spare else [])]:
            sandbox.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


class _RefereeParent(Parent):
    """The one that forks referees, in the sandbox that these share."""

    def __init__(self, warm: WarmParent) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(ours)
        self.sandbox = warm.sandbox()
        self._pidfd: int | None = None
        self._killed: int | None = None  # a pidfd of the last referee, which may not have ended yet
        self._is_lost = False  # whether there is no knowing what goes on in there
        with ExitStack() as undone:
            undone.callback(self.close)
            with theirs:
                entrance = self.sandbox.descriptor()
                request = {"role": "parent", "joins": True, "bounds": None, "home": HOME, "folder": HOME}
                warm.ask_for_fork(request, [theirs.fileno(), entrance])
                os.close(entrance)
            _, self._pidfd = warm.forked()
            undone.pop_all()

    def leave(self, referee: int | None) -> None:
        """Note that a referee, by its pidfd, was killed; None if nobody knows what has become of it."""
        self._killed = None if referee is None else os.dup(referee)
        self._is_lost = referee is None

    def is_free(self) -> bool:
        """Wait for the end of the last referee, and say whether another one can be forked."""
        if self._killed is not None:
            self._is_lost = not _has_ended(self._killed, END_SECONDS)
            os.close(self._killed)
            self._killed = None
        return self.sandbox.lives and not self._is_lost and not _has_ended(self._pidfd, 0)

    def close(self) -> None:
        """End it, and the referee that may still be there."""
        super().close()
        self.sandbox.close()
        for pidfd in (self._pidfd, self._killed):
            if pidfd is not None:
                os.close(pidfd)
        self._pidfd = self._killed = None


def _has_ended(pidfd: int | None, seconds: float) -> bool:
    """Wait at most so long for the end of a process, and say whether it has come."""
    if pidfd is None:
        return True
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


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
    kernels = {name: os.environ[name] for name in (FORCED_BY, *FORCED_IN_PYTORCH) if name in os.environ}
    told = {"GRADING_ENGINE": "1"}  # see utils.training.being_graded
    return {**kept, **threads, **kernels, **told, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class Process:
    """A fork: the student's process or the referee."""

    def __init__(self, place: "_Place", channel: Channel, descriptors: socket.socket | None) -> None:
        self.channel = channel
        self._descriptors = descriptors  # of a referee: where it takes new connections from
        self._place = place
        self._is_asked_for = True  # and its parent has not answered yet
        self._fork: tuple[int, int] | None = None  # its number, as its parent knows it, and a pidfd
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
        self._take()
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
        self._signal(signal.SIGINT)

    def _take(self) -> None:
        self._is_asked_for = False
        self._fork = self._place.parent.forked()

    def _signal(self, number: signal.Signals) -> None:
        if self._fork is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fork[1], number)

    def connect(self, other: "Process") -> None:
        """Give a referee the connection to a student's process."""
        assert self._descriptors is not None
        self.channel.send("connect")
        socket.send_fds(self._descriptors, [b"."], [other.channel.socket.fileno()])

    def end(self) -> None:
        """End it, with whatever it has started; twice is as good as once."""
        if self._is_over:
            return
        self._is_over = True
        if self._is_asked_for:
            with suppress(GradingError):
                self._take()
        self._signal(signal.SIGKILL)
        self._place.leave(self._fork)
        if self._fork is not None:
            os.close(self._fork[1])
            self._fork = None
        self.channel.close()
        if self._descriptors is not None:
            self._descriptors.close()


class _Place:
    """Where a fork runs without protection: in a temporary folder."""

    user: int | None = None  # whom root becomes; None where no rights are given up

    def __init__(self, parent: Parent, home: str) -> None:
        self.parent = parent  # who forks
        self.home = home
        self.folder = str(Path(home) / "work")

    def entrance(self) -> int | None:
        """Return the pidfd of a sandbox that the fork is to join."""
        return None

    def leave(self, fork: tuple[int, int] | None) -> None:
        """Leave nothing behind of a fork, its number and pidfd, that was killed; None if there was none."""
        if fork is not None:
            with suppress(ProcessLookupError):
                os.killpg(fork[0], signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


class _OwnSandbox(_Place):
    """The sandbox of one student's process."""

    def __init__(self, warm: WarmParent) -> None:
        super().__init__(warm, HOME)
        self._warm = warm
        self._sandbox = warm.sandbox()

    def entrance(self) -> int | None:
        entrance = self._sandbox.descriptor()
        self.user = self._sandbox.user
        return entrance

    def leave(self, fork: tuple[int, int] | None) -> None:
        self._warm.leave(self._sandbox)


class _SharedSandbox(_Place):
    """The sandbox of the referees of a worker."""

    def __init__(self, warm: WarmParent) -> None:
        self._referees = warm.referees()
        super().__init__(self._referees, HOME)
        self.user = self._referees.sandbox.user

    def leave(self, fork: tuple[int, int] | None) -> None:
        self._referees.leave(None if fork is None else fork[1])


class Forks:
    """Makes the processes of one submission, and ends them all at the end."""

    def __init__(self, warm: WarmParent, sandboxed: bool, memory: int, seconds: float) -> None:
        self._warm, self._sandboxed = warm, sandboxed
        self._bounds = {"memory": memory, "cpu": int(seconds) + 60}  # a minute for starting and coming to an end
        self._processes: list[Process] = []

    def __enter__(self) -> "Forks":
        return self

    def start(self, role: str) -> Process:
        """Begin to fork a "student" or a "referee"; see `Process.wait_until_ready`.

        Raises:
            GradingError: it cannot be started.
        """
        place = self._place(role)
        with ExitStack() as undone:
            undone.callback(place.leave, None)
            ours, theirs = socket.socketpair()
            undone.callback(ours.close)
            taken, handed = socket.socketpair() if role == "referee" else (None, None)
            if taken is not None:
                undone.callback(taken.close)
            with ExitStack() as handed_over:
                given = [handed_over.enter_context(one).fileno() for one in (theirs, handed) if one is not None]
                entrance = place.entrance()
                if entrance is not None:
                    handed_over.callback(os.close, entrance)
                    given.append(entrance)
                bounds = None if place.user is None else {**self._bounds, "user": place.user}
                request = {"role": role, "home": place.home, "folder": place.folder, "bounds": bounds}
                place.parent.ask_for_fork({**request, "joins": entrance is not None}, given)
            undone.pop_all()
        process = Process(place, Channel(ours), taken)
        self._processes.append(process)
        return process

    def prepare_next(self) -> None:
        """Let what the next submission needs be built while this one runs."""
        if self._sandboxed:
            self._warm.prepare()

    def _place(self, role: str) -> _Place:
        if not self._sandboxed:
            return _Place(self._warm, tempfile.mkdtemp(prefix="grading-"))
        if role == "referee" and has_room_for_others():
            return _SharedSandbox(self._warm)
        return _OwnSandbox(self._warm)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.end()
