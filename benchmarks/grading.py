"""Measure the grading engine: time, processor time and memory per submission, and nbgrader beside it.

Run from the root of the repository: ``python -m benchmarks.grading [--only NAME] [--submissions N]``. Exit code 1
means that a figure misses its bound. What is compared takes turns within one run, so that noise on the machine hits
both alike; the figures are medians. Linux only, on a machine with two free cores.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

# One thread, set before NumPy is imported and reads it: what is compared has one thread in the sandbox, too.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import click
import nbformat
from nbgrader.api import Gradebook

import grading.execution
import grading.job
from benchmarks.meters import CpuClock, cpu_clock, peak_memory
from benchmarks.small_course import TRAINING, build_course, copy_course, hand_in, submissions
from grading.autograde import released_files
from grading.course import Assignment, Course
from grading.hidden import without_markers
from grading.job import GradingPool, Task, grade_one, make_task
from grading.processes import Forks, Process
from grading.submission import HandedIn

WARM_UP = 3  # submissions graded before the clock runs: the first one waits for the imports of the warm parent
BIN = Path(sys.executable).parent
COUNTED = 0.95  # of the second that a busy loop in a sandbox takes: what the meter of processor time must see


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    bound: float
    unit: str
    how: str  # what the value is the median of
    at_least: bool = False  # whether the bound is the lowest value that is good, else the highest

    @property
    def ok(self) -> bool:
        """Whether the value keeps its bound; nan does not."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        relation = ">=" if self.at_least else "<="
        value = f"{self.value:8.2f} {self.unit:3} {relation} {self.bound:6.2f}"
        return f"{self.name:48}{value}  {'ok' if self.ok else 'MISSED':6}  {self.how}"


@dataclass(frozen=True)
class Bench:
    """Where the figures are measured, and with how many submissions."""

    course: Course
    clock: CpuClock | None
    most: int  # submissions of a class, at most; the full numbers stand at each figure

    def task(self, name: str) -> Task:
        """Return the task of grading one of the course's assignments, in sandboxes."""
        assignment = self.course.assignment(name)
        return make_task(assignment, released_files(self.course, assignment))

    def assignment(self, name: str) -> Assignment:
        """Return one of the course's assignments."""
        return self.course.assignment(name)


def trivial(bench: Bench) -> Iterator[Figure]:
    """Grade trivial submissions one after the other in this process, as a worker does."""
    count = min(60, bench.most)
    task, stages = bench.task("tiny"), Stages()
    seconds, parts = [], []
    with stages.watch():
        for handed_in in submissions(bench.course, task.assignment, WARM_UP + count):
            started = time.perf_counter()
            grade_one(task, handed_in)
            seconds.append(time.perf_counter() - started)
            parts.append(stages.take())
    told = ", ".join(f"{name} {_milliseconds([part[name] for part in parts]):.1f}" for name in parts[0])
    how = f"median of {count}; in ms: {told}"
    yield Figure("wall time of a trivial submission", _milliseconds(seconds), 80, "ms", how)


def _milliseconds(seconds: Sequence[float]) -> float:
    return 1000 * median(seconds[WARM_UP:])


class Stages:
    """Notes how long the stages of a submission take."""

    PLACES: tuple[tuple[str, Any, str], ...] = (  # stage, owner and name of a function
        ("read", grading.job, "parse_submission"),
        ("read", grading.job, "stage"),
        ("start", Forks, "start"),
        ("start", Process, "wait_until_ready"),
        ("run", grading.execution._Run, "_ask"),
        ("end", Forks, "__exit__"),
        ("write", nbformat, "writes"),
    )

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def take(self) -> dict[str, float]:
        """Return the seconds of each stage since the last time."""
        taken, self._seconds = self._seconds, {}
        return taken

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Time the functions meanwhile."""
        with ExitStack() as stack:
            for name, owner, function in self.PLACES:
                stack.enter_context(patch.object(owner, function, self._timed(name, getattr(owner, function))))
            yield

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

        return timed


def command(bench: Bench) -> Iterator[Figure]:
    """Run the whole command and nbgrader's, in turns, on courses with the same class, and compare the scores."""
    count, assignment = min(40, bench.most), bench.assignment("tiny")
    hand_in(bench.course, assignment, count)
    theirs = copy_course(bench.course, bench.course.root.with_name("nbgrader"))
    ours, nbgrader = _autograde("tiny", "--force"), [str(BIN / "nbgrader"), "autograde", "tiny", "--force"]
    fast = [_seconds(ours, bench.course.root)]
    slow = []
    for _ in range(2):
        slow.append(_seconds(nbgrader, theirs.root))
        fast.append(_seconds(ours, bench.course.root))
    if _scores(bench.course) != _scores(theirs):
        raise click.ClickException("nbgrader and grading give different scores: the comparison is void.")
    how = f"{count} submissions; {_medians(slow, fast)}"
    yield Figure("nbgrader autograde / grading autograde", median(slow) / median(fast), 12, "x", how, at_least=True)


def _medians(one: Sequence[float], other: Sequence[float]) -> str:
    return f"medians of {len(one)} x {median(one):.2f} s and {len(other)} x {median(other):.2f} s"


def _autograde(*arguments: str, workers: int = 2) -> list[str]:
    return [str(BIN / "grading"), "autograde", *arguments, "--workers", str(workers)]


def _seconds(arguments: Sequence[str], folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(arguments)} failed: {done.stderr[-2000:]}")
    return time.perf_counter() - started


def _scores(course: Course) -> dict[tuple[str, str], float]:
    """Return what the gradebook says about every check of every student."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): grade.score
            for submission in gradebook.assignment_submissions("tiny")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def processor(bench: Bench) -> Iterator[Figure]:
    """Compare the processor time of a submission that trains with that of a bare `exec` of the same cells."""
    if bench.clock is None:
        raise click.ClickException("No control group tells the processor time of sandboxed processes on this machine.")
    _check_clock(bench, bench.clock)
    task, repetitions = bench.task("training"), 7
    handed_in = submissions(bench.course, task.assignment, 1)[0]
    sources = [without_markers(cell.source) for cell in task.assignment.notebook.cells if cell.cell_type == "code"]
    graded, bare = [], []
    for _ in range(repetitions):
        graded.append(_cpu(bench.clock, lambda: grade_one(task, handed_in)))
        bare.append(_cpu(bench.clock, lambda: _execute(sources)))
    how = _medians(graded, bare)
    yield Figure("processor time, graded / bare exec", median(graded) / median(bare), 1.3, "x", how)


def _check_clock(bench: Bench, clock: CpuClock) -> None:
    """Prove that the clock sees what runs in a sandbox."""
    task = bench.task("tiny")
    loop = "import time\nstart = time.process_time()\nwhile time.process_time() < start + 1:\n    pass"
    packed = submissions(bench.course, task.assignment, 1)[0]
    busy = type(packed)(packed.student, packed.label, packed.notebook.replace(b"len(roll(3))", _escaped(loop)))
    grade_one(task, packed)
    seconds = _cpu(clock, lambda: grade_one(task, busy))
    if seconds < COUNTED:
        raise click.ClickException(f"The clock saw {seconds:.2f} s of a second in a sandbox: it cannot be used.")


def _escaped(source: str) -> bytes:
    return source.replace("\n", "\\n").encode()


def _cpu(clock: CpuClock, function: Callable[[], object]) -> float:
    started = clock()
    function()
    return clock() - started


def _execute(sources: Sequence[str]) -> None:
    namespace: dict[str, object] = {"print": lambda *_: None}
    for source in sources:
        exec(source, namespace)


def workers(bench: Bench) -> Iterator[Figure]:
    """Grade the same training submissions with one worker and with two, in turns.

    Two cores of a virtual machine are often less than twice one: the same loop without any grading, in one process and
    in two, says how much more they can do at the time. Nine tenths of that is the bound where it is lower.
    """
    task, count = bench.task("training"), min(24, bench.most)
    handed_in = submissions(bench.course, task.assignment, count)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    bare: dict[int, list[float]] = {1: [], 2: []}
    for number in (2, 1, 2, 1, 2):
        bare[number].append(_bare(number))
        seconds[number].append(_pool_seconds(task, handed_in, number))
        bare[number].append(_bare(number))
    faster, possible = median(seconds[1]) / median(seconds[2]), 2 * median(bare[1]) / median(bare[2])
    how = f"{count} submissions; {_medians(seconds[1], seconds[2])}; two bare loops reach {possible:.2f} x"
    yield Figure("one worker / two workers", faster, min(1.8, 0.9 * possible), "x", how, at_least=True)


def _pool_seconds(task: Task, handed_in: Sequence[HandedIn], number: int) -> float:
    with GradingPool(task, number) as pool:
        list(pool.grade(handed_in[: WARM_UP * number]))
        started = time.perf_counter()
        list(pool.grade(handed_in))
        return time.perf_counter() - started


def _bare(number: int) -> float:
    """Return the seconds of the training cell, three times over, in each of so many processes at once."""
    code = f"import time, numpy as np\nstarted = time.perf_counter()\nfor _ in range(3): exec({TRAINING!r})\n"
    code = code.replace("print(a.shape)", "pass") + "print(time.perf_counter() - started)"
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(number)]
    return max(float(process.communicate()[0]) for process in running)


def memory(bench: Bench) -> Iterator[Figure]:
    """Compare the peak memory of the whole command with many submissions and with a tenth of them."""
    many = min(1000, 10 * bench.most)
    few, assignment = many // 10, bench.assignment("tiny")
    peaks = []
    for count in (few, many):
        hand_in(bench.course, assignment, count)
        peaks.append(peak_memory(_autograde("tiny", "--force"), bench.course.root))
    low, high = peaks
    how = f"{high / 1e6:.0f} MB at {many:,} submissions, {low / 1e6:.0f} MB at {few}"
    yield Figure(f"peak memory, {many:,} / {few} submissions", high / low, 1.2, "x", how)


FIGURES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "trivial": trivial,
    "command": command,
    "processor": processor,
    "workers": workers,
    "memory": memory,
}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(FIGURES)), help="Measure this alone; may be repeated.")
@click.option("--submissions", "most", type=click.IntRange(4), default=1000, help="Shrink classes to this size.")
def main(only: tuple[str, ...], most: int) -> None:
    """Measure the grading engine, print a table, and exit with 1 if a figure misses its bound."""
    click.echo(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    figures = []
    with tempfile.TemporaryDirectory() as folder, cpu_clock() as clock:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every process compiles this package anew
        os.environ["HOME"] = folder  # what Jupyter and nbgrader write into a home
        os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        bench = Bench(build_course(Path(folder) / "course"), clock, most)
        for name in only or FIGURES:
            for figure in FIGURES[name](bench):
                figures.append(figure)
                click.echo(figure)
        shutil.rmtree(bench.course.root)
    sys.exit(not all(figure.ok for figure in figures))


if __name__ == "__main__":
    main()
