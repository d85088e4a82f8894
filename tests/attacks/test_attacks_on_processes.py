"""Attacks with processes, signals and threads: to get out, to end others, or never to end."""

import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grading.execution import Limits

pytestmark = pytest.mark.usefixtures("honest_afterwards")  # the next submission has its full marks

SCALE = "# GRADED FUNCTION: scale\n"
STUCK = Limits(cell=0.7, notebook=10)
SECONDS = 25.0  # the longest that a submission with STUCK limits may take: its time, and what ends its processes


def in_plain_python(source: str) -> str:
    """Run a cell where nothing protects, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


@pytest.mark.parametrize(
    "start",
    [
        "if os.fork() == 0:\n    os._exit(7)\nprint('begun')",
        "assert os.system('exit 7')\nprint('begun' if os.system('exit 7') == 7 * 256 else 'refused')",
        "subprocess.run([sys.executable, '-c', ''])\nprint('begun')",
        "os.posix_spawn('/bin/true', ['true'], {})\nprint('begun')",
        "pty.fork()[0] or os._exit(7)\nprint('begun')",
        "child = multiprocessing.get_context('fork').Process()\nchild.start()\nchild.join()\nprint('begun')",
        "print('begun', flush=True)\nos.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(9)'])",
    ],
    ids=["fork", "system", "subprocess", "posix_spawn", "pty", "multiprocessing", "exec"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_process_and_no_program_is_started(attack: Callable[..., Any], start: str) -> None:
    source = "import multiprocessing, os, pty, subprocess, sys\n" + start
    if "exec" not in start:
        assert "begun" in in_plain_python(source)
    text = attack(source, after=["print('the same process')"]).text("added-0")
    assert "begun" not in text or "PermissionError" in text
    assert any(said in text for said in ("Error: ", "refused", "AssertionError")), text


# Number on x86_64, arguments: each is allowed to every process where nothing protects.
CALLS = {
    "memfd_create": (319, "b'x', 0"),
    "unshare": (272, "0x10000000"),
    "io_uring_setup": (425, "1, ctypes.create_string_buffer(200)"),
    "process_vm_readv": (310, "os.getpid(), 0, 0, 0, 0, 0"),
    "ptrace": (101, "0, 0, 0, 0"),
    "keyctl": (250, "0, -3, 0"),
    "shmget": (29, "0, 4096, 0o1600"),
    "pidfd_open": (434, "os.getpid(), 0"),
    "seccomp": (317, "2, 0, ctypes.create_string_buffer(4)"),
    "personality": (135, "0x0040000"),
    "set dumpable": (157, "4, 1, 0, 0, 0"),
    "clone3": (435, "ctypes.create_string_buffer(88), 88"),
    "userfaultfd": (323, "1"),
    "mount": (165, "b'none', b'/tmp', b'tmpfs', 0, 0"),
    "bpf": (321, "0, 0, 0"),
    "chroot": (161, "b'/tmp'"),
}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="The numbers of system calls are those of x86_64.")
@pytest.mark.parametrize("name", CALLS)
def test_system_calls_that_nobody_computes_with_are_refused(attack: Callable[..., Any], name: str) -> None:
    number, arguments = CALLS[name]
    source = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"answer = libc.syscall({number}, {arguments})\nprint(answer, ctypes.get_errno())"
    )
    assert attack(source).text("added-0") in ("-1 1\n", "-1 38\n")  # EPERM, or ENOSYS so that libc takes another way


def test_a_process_of_the_machine_lives_on(attack: Callable[..., Any]) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        try:
            ours = sorted({child.pid, *range(child.pid - 3, child.pid)})
            source = (
                "import os, signal\nfailed = 0\n"
                f"for target in {ours}:\n"
                "    for send in (os.kill, os.killpg):\n"
                "        try:\n            target != os.getpid() and send(target, signal.SIGKILL)\n"
                "        except OSError:\n            failed += 1\n"
                "print(failed)"
            )
            assert attack(source).text("added-0") == f"{2 * len(ours)}\n"
            assert child.poll() is None
        finally:
            child.kill()


@pytest.mark.parametrize(
    "target", ["0", "-1", "1", "os.getppid()", "-os.getpgrp()", "os.getpid()"], ids=lambda text: f"kill {text}"
)
def test_signals_reach_nobody_but_the_attacker(attack: Callable[..., Any], target: str) -> None:
    # Twice: in a cell, and in the function while a check waits for it.
    kill = f"import os, signal\nos.kill({target}, signal.SIGKILL)"
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        try:
            attack(kill, scale=SCALE + f"def scale(values, factor):\n    exec({kill!r})")
            assert child.poll() is None
        finally:
            child.kill()


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(0)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "ctypes.string_at(0)",
        "sys.exit(0)",
        "raise KeyboardInterrupt",
        "quit()",
        "atexit.register(os._exit, 0)",
    ],
)
def test_the_end_of_the_process_is_no_mark(attack: Callable[..., Any], end: str) -> None:
    modules = "import atexit, ctypes, os, signal, sys\n"
    outcome = attack(modules, scale=SCALE + f"def scale(values, factor):\n    {end}\n    return values")
    assert outcome.verdicts["scale_multiplies"] in ("process_died", "error", "failed")
    assert outcome.verdicts["roll_counts"] == "failed"  # it runs, in a new process if need be


@pytest.mark.parametrize(
    "loop",
    [
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while time.time() < end:\n        pass",
        "os.kill(os.getpid(), signal.SIGSTOP)\n    time.sleep(20)",
        "while time.time() < end:\n        with contextlib.suppress(BaseException):\n            time.sleep(20)",
        "re.match('(a+)+$', 'a' * 40 + 'b')",
        "threading.Lock().acquire() and threading.Event().wait(20)",
    ],
    ids=["ignored signals", "stopped", "caught interrupts", "regular expression", "lock"],
)
def test_a_function_that_never_returns_is_ended(attack: Callable[..., Any], loop: str) -> None:
    began = time.monotonic()
    outcome = attack(
        "import contextlib, os, re, signal, threading, time",
        # 2.5 is the factor of one check alone.
        scale=SCALE + f"def scale(values, factor):\n    end = time.time() + 20\n"
        f"    if factor != 2.5:\n        return values\n    {loop}\n    return values",
        limits=STUCK,
    )
    assert outcome.verdicts["scale_works_in_place"] == "timeout"
    assert outcome.verdicts["roll_counts"] == "failed"
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("never", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"], ids=["", "ignoring signals"])
def test_a_cell_that_never_ends_costs_its_own_time_only(attack: Callable[..., Any], never: str) -> None:
    began = time.monotonic()
    source = f"import signal, time\n{never}end = time.time() + 20\nwhile time.time() < end:\n    pass"
    outcome = attack(source, limits=STUCK)
    assert set(outcome.verdicts.values()) <= {"failed", "timeout", "not_reached"}
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    "body",
    [
        "print('x' * 1000)",
        "np.random.seed(8642)",
        "sys.stdout = sys.stderr = None",
        "get_ipython().user_ns.clear()",
        "connection and send(frame('return', seq=1, value=None, changes=[], random=None))",
        "gc.collect()",
    ],
)
def test_threads_that_stay_behind_gain_nothing(attack: Callable[..., Any], forge: str, body: str) -> None:
    source = forge + (
        "import gc, sys, threading, time\n"
        "def work():\n    end = time.time() + 10\n    while time.time() < end:\n"
        f"        try:\n            {body}\n        except Exception:\n            pass\n"
        "for _ in range(3):\n    threading.Thread(target=work, daemon=True).start()"
    )
    attack(source, limits=Limits(cell=1, notebook=8))


def test_threads_of_one_submission_take_no_room_from_its_neighbour(
    attack: Callable[..., Any], grade_tiny: Callable[..., Any]
) -> None:
    # The neighbour is graded at the same time: from a process of its own, as by another worker.
    neighbour = (
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from grading.execution import Limits\nfrom tests.conftest import _grade_tiny\n"
        "bomb = '''\nimport threading, time\nthreading.stack_size(65536)\nstop = threading.Event()\ncount = 0\n"
        "try:\n    for _ in range(600):\n        threading.Thread(target=stop.wait, args=(4,), daemon=True).start()\n"
        "        count += 1\nexcept RuntimeError:\n    pass\ntime.sleep(2)\nprint(count)\n'''\n"
        "print('ready', flush=True)\n"
        "print(_grade_tiny(bomb, limits=Limits(cell=10, notebook=30)).text('added-0'))"
    )
    with subprocess.Popen([sys.executable, "-c", neighbour], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        end = time.monotonic() + 2.5
        source = (
            "import threading\nthread = threading.Thread(target=print, args=('runs',))\nthread.start()\nthread.join()"
        )
        while time.monotonic() < end:  # some time in this, the neighbour has all threads that it can get
            assert grade_tiny(source).text("added-0") == "runs\n"
        count = int(process.stdout.read())
    assert 400 < count < 600
