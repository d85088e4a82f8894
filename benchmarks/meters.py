"""Processor time and memory of a run with all its processes, those in sandboxes among them.

A sandboxed process ends with its pid namespace, and nobody waits for it: `resource.getrusage` does not see it. Its
control group does.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SAMPLE_SECONDS = 0.2  # between two looks at the memory: a submission holds its own for some 50 ms, and there are many
CPUACCT = Path("/sys/fs/cgroup/cpuacct")  # control groups, version 1
UNIFIED = Path("/sys/fs/cgroup")  # version 2, or the part of a mixed system that has it

CpuClock = Callable[[], float]  # seconds, of all processes that this one has started


@contextmanager
def cpu_clock() -> Iterator[CpuClock | None]:
    """Yield a clock that counts the processor time of this process and all that it starts; None if there is none.

    With version 1 it is a group of our own (as root). With version 2 it is the group in which this process is, in which
    others may be, too: run the benchmark on a machine that has nothing else to do.
    """
    own = CPUACCT / f"grading-benchmark-{os.getpid()}"
    try:
        own.mkdir()
        (own / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        with suppress(OSError):
            own.rmdir()
        yield _unified_clock()
        return
    try:
        yield lambda: int((own / "cpuacct.usage").read_text()) / 1e9
    finally:
        for pid in (own / "cgroup.procs").read_text().split():
            with suppress(OSError):  # it has ended
                (CPUACCT / "cgroup.procs").write_text(pid)
        with suppress(OSError):
            own.rmdir()


def _unified_clock() -> CpuClock | None:
    groups = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    statistics = UNIFIED / groups[0].lstrip("/") / "cpu.stat" if groups else UNIFIED
    if not statistics.is_file():
        return None
    return lambda: int(statistics.read_text().split()[1]) / 1e6  # "usage_usec 123..." comes first


def peak_memory(command: Sequence[str], folder: Path) -> int:
    """Run a command and return the largest sum of memory of it and all below it, in bytes.

    It is the proportional set size (proc(5), smaps_rollup): pages that forks share count once.
    """
    peak = 0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(SAMPLE_SECONDS)
                break
            peak = max(peak, sum(map(_memory, _below(process.pid))))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return peak


def _below(root: int) -> list[int]:
    """Return a process and all that it has started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:  # grows meanwhile
        found += children.get(pid, [])
    return found


def _memory(pid: int) -> int:
    with suppress(OSError):  # it has ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
