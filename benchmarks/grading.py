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

import grading.execution
import grading.job
from benchmarks.meters import CpuClock, cpu_clock, peak_memory
from benchmarks.small_course import build_course, copy_course, hand_in, submissions
from grading.autograde import released_files
from grading.course import Assignment, Course
from grading.hidden import without_markers
from grading.job import GradingPool, Task, grade_one, make_task
from grading.processes import Forks

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
    task, seconds = bench.task("tiny"), []
    with _stages() as stages:
        for handed_in in submissions(bench.course, task.assignment, WARM_UP + count):
            started = time.perf_counter()
            grade_one(task, handed_in)
            seconds.append(time.perf_counter() - started)
    parts = ", ".join(f"{name} {_ms(times, WARM_UP):.1f}" for name, times in stages.items())
    how = f"median of {count}; ms: {parts}"
    yield Figure("wall time of a trivial submission", _ms(seconds, WARM_UP), 80, "ms", how)


def _ms(seconds: Sequence[float], skip: int) -> float:
    return 1000 * median(seconds[skip:])


@contextmanager
def _stages() -> Iterator[dict[str, list[float]]]:
    """Note how long each stage of a submission takes, from its functions; "cells" is what remains of the execution."""
    places: dict[str, tuple[Any, tuple[str, ...]]] = {
        "read": (grading.job, ("parse_submission", "stage")),
        "execute": (grading.job, ("execute",)),
        "start": (grading.execution._Run, ("_start",)),
        "end": (Forks, ("__exit__",)),
        "write": (grading.job, ("score",)),
    }
    stages: dict[str, list[float]] = {name: [] for name in places}
    current = dict.fromkeys(places, 0.0)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                current[name] += time.perf_counter() - started
                if name == "write":  # the last one of a submission
                    for one in stages:
                        stages[one].append(current[one])
                        current[one] = 0.0

        return wrapper

    with ExitStack() as stack:
        for name, (owner, functions) in places.items():
            for function in functions:
                stack.enter_context(patch.object(owner, function, timed(name, getattr(owner, function))))
        yield stages


def command(bench: Bench) -> Iterator[Figure]:
    """Run the whole command and nbgrader's, in turns, on courses with the same class, and compare the scores."""
    count, assignment = min(40, bench.most), bench.assignment("tiny")
    hand_in(bench.course, assignment, count)
    theirs = copy_course(bench.course, bench.course.root.with_name("nbgrader"))
    ours: list[float] = []
    nbgrader: list[float] = []
    for turn in range(5):
        if turn % 2:
            nbgrader.append(_seconds([str(BIN / "nbgrader"), "autograde", "tiny", "--force"], theirs.root))
        else:
            ours.append(_seconds(_autograde("tiny", "--force"), bench.course.root))
    if _scores(bench.course) != _scores(theirs):
        raise click.ClickException("nbgrader and grading give different scores: the comparison is void.")
    how = f"{count} submissions; medians of {len(ours)} x {median(ours):.2f} s and {len(nbgrader)} x {median(nbgrader):.1f} s"
    yield Figure("nbgrader autograde / grading autograde", median(nbgrader) / median(ours), 12, "x", how, at_least=True)


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
    from nbgrader.api import Gradebook

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
    task, repetitions = bench.task("training"), min(7, bench.most)
    handed_in = submissions(bench.course, task.assignment, 1)[0]
    sources = [without_markers(cell.source) for cell in task.assignment.notebook.cells if cell.cell_type == "code"]
    graded, bare = [], []
    for _ in range(1 + repetitions):
        graded.append(_cpu(bench.clock, lambda: grade_one(task, handed_in)))
        bare.append(_cpu(bench.clock, lambda: _execute(sources)))
    one, other = median(graded[1:]), median(bare[1:])  # the first ones warm up
    how = f"medians of {repetitions} x {one:.2f} s and {other:.2f} s"
    yield Figure("processor time, graded / bare exec", one / other, 1.3, "x", how)


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
    """Grade the same training submissions with one worker and with two, in turns."""
    task, count = bench.task("training"), min(24, bench.most)
    handed_in = submissions(bench.course, task.assignment, count)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for number in (2, 1, 2, 1, 2):
        with GradingPool(task, number) as pool:
            list(pool.grade(handed_in[: WARM_UP * number]))
            started = time.perf_counter()
            list(pool.grade(handed_in))
            seconds[number].append(time.perf_counter() - started)
    one, two = median(seconds[1]), median(seconds[2])
    how = f"{count} submissions; medians of {len(seconds[1])} x {one:.1f} s and {len(seconds[2])} x {two:.1f} s"
    yield Figure("one worker / two workers", one / two, 1.8, "x", how, at_least=True)


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
