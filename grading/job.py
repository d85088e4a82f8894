"""The job of a worker: one submission in as bytes, one record and one notebook out. Nothing is written.

`GradingPool` spreads jobs over the worker processes of a `concurrent.futures.Executor`. Jobs are handed out as workers
get free, so that a class of thousands takes no more memory than a class of ten.
"""

import hashlib
import hmac
import multiprocessing
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType

import nbformat

from grading.course import Assignment
from grading.data import texts_of
from grading.diagnosis import Rehearsals, diagnose
from grading.execution import Brief, Limits, execute, runs_by_id
from grading.fingerprints import fingerprints
from grading.plan import Plan, make_plan
from grading.processes import warm_parent
from grading.report import Record
from grading.sandbox import die_with_parent
from grading.scoring import score
from grading.staging import stage
from grading.submission import HandedIn, Unreadable, parse_submission
from grading.variants import Variant, reference_solutions

JOBS_PER_WORKER = 2  # one that runs, and one that waits, so that no worker is ever idle
MAX_TRIES = 3  # a worker can be killed by the machine, out of memory say; three times are no accident


@dataclass(frozen=True)
class Task:
    """What is the same for all submissions of an assignment."""

    assignment: Assignment
    plan: Plan
    files: Mapping[str, bytes]  # the released ones and the texts, by path relative to the notebook
    limits: Limits
    sandboxed: bool
    fingerprints: Mapping[str, str]  # of the checks, by grade_id
    rehearsals: Rehearsals
    secret: bytes = field(repr=False)  # of the course: who knows it knows what hidden tests draw

    def brief(self, student: str) -> Brief:
        """Return what the referee of this student's submission is told."""
        text = f"{self.assignment.name}\n{student}".encode()
        seed = hmac.new(self.secret, text, hashlib.sha256).hexdigest()
        return Brief(seed, tuple(reference_solutions(self.assignment).values()))


@dataclass(frozen=True)
class Graded:
    """A record, the executed notebook as text where there is one, and what the author of the checks should know."""

    record: Record
    notebook: str = ""
    faults: tuple[str, ...] = ()


def make_task(
    assignment: Assignment,
    files: Mapping[str, bytes],
    limits: Limits | None = None,
    *,
    sandboxed: bool = True,
    variants: Iterable[Variant] = (),
    secret: bytes = b"",
) -> Task:
    """Return the task of grading this assignment; the wrong ones among the variants give hints to who made them."""
    plan, limits = make_plan(assignment, files), limits or Limits()
    wrong = tuple(variant for variant in variants if not variant.right)
    marks = fingerprints(assignment, plan, files, limits, wrong, secret)
    placed = {**files, **texts_of(assignment)}  # no fingerprint has the texts: checks do not need them
    rehearsals = Rehearsals(assignment, plan, placed, wrong, limits.memory, sandboxed)
    return Task(assignment, plan, placed, limits, sandboxed, marks, rehearsals, secret)


def grade_one(task: Task, handed_in: HandedIn) -> Graded:
    """Parse, stage, execute and score one submission.

    Raises:
        GradingError: it could not be executed: no fault of the submission.
    """
    submission = parse_submission(handed_in)
    if isinstance(submission, Unreadable):
        return _unreadable(submission, task.assignment)
    staged = stage(submission, task.assignment)
    files = _working_files(submission.files, task.files)
    brief = task.brief(submission.student)
    execution = execute(staged.notebook, task.plan, files, task.limits, sandboxed=task.sandboxed, brief=brief)
    runs = runs_by_id(execution)
    record = Record(
        student=submission.student,
        assignment=task.assignment.name,
        status="graded",
        checks=diagnose(score(runs, task.assignment), runs, task.rehearsals, brief),
        notices=staged.notices,
        seconds=round(execution.seconds, 3),
        sandbox="full" if task.sandboxed else "none",
        fingerprints=task.fingerprints,
    )
    faults = tuple(fault for run in execution.runs for fault in run.faults)
    return Graded(record, nbformat.writes(execution.notebook), faults)


def _unreadable(submission: Unreadable, assignment: Assignment) -> Graded:
    return Graded(Record(submission.student, assignment.name, "unreadable", message=submission.reason))


def _working_files(own: Mapping[str, bytes], released: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the released files and the student's own, less those that would stand in a released folder."""
    taken = {name.split("/")[0] for name in released}
    return {**{name: data for name, data in own.items() if name.split("/")[0] not in taken}, **released}


class GradingPool:
    """The workers that grade the submissions of one task; a context manager."""

    def __init__(self, task: Task, workers: int) -> None:
        """Let the workers get ready, and do not wait for them."""
        self._task = task
        self._packed = pickle.dumps(task)  # of ours, for processes of ours; once for all jobs
        self._workers = workers
        self._pool = self._new_pool()

    def _new_pool(self) -> Executor:
        # spawn: this process may have threads and event loops, which a fork would copy in an unknown state
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            self._workers, mp_context=context, initializer=_end_with_parent, initargs=(os.getpid(),)
        )
        for _ in range(self._workers):
            pool.submit(_get_ready, self._packed)
        return pool

    def __enter__(self) -> "GradingPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def grade(self, submissions: Iterable[HandedIn | Unreadable]) -> "Grading":
        """Begin to grade these, and return an iterator over the results."""
        return Grading(iter(submissions), self._task, self._submit, self._workers * JOBS_PER_WORKER)

    def _submit(self, handed_in: HandedIn) -> "Future[Graded]":
        try:
            return self._pool.submit(_grade_packed, self._packed, handed_in)
        except BrokenProcessPool:  # a worker was killed: all its siblings are gone, too
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._new_pool()
            return self._pool.submit(_grade_packed, self._packed, handed_in)


class Grading:
    """Yields each submission with its result as it is done; at most a few are in memory at a time."""

    def __init__(
        self,
        submissions: Iterator[HandedIn | Unreadable],
        task: Task,
        submit: Callable[[HandedIn], "Future[Graded]"],
        window: int,
    ) -> None:
        self._submissions, self._task, self._submit, self._window = submissions, task, submit, window
        self._running: dict[Future[Graded], tuple[HandedIn, int]] = {}
        self._ready: deque[tuple[HandedIn | Unreadable, Graded]] = deque()
        self._fill()

    def __iter__(self) -> "Grading":
        return self

    def __next__(self) -> tuple[HandedIn | Unreadable, Graded]:
        self._fill()  # the one that was taken last has made room
        while not self._ready:
            if not self._running:
                raise StopIteration
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._collect(future, *self._running.pop(future))
            self._fill()
        return self._ready.popleft()

    def _fill(self) -> None:
        while len(self._running) + len(self._ready) < self._window:
            submission = next(self._submissions, None)
            if submission is None:
                return
            if isinstance(submission, Unreadable):
                self._ready.append((submission, _unreadable(submission, self._task.assignment)))
            else:
                self._running[self._submit(submission)] = (submission, 1)

    def _collect(self, future: "Future[Graded]", handed_in: HandedIn, tries: int) -> None:
        try:
            self._ready.append((handed_in, future.result()))
        except Exception as error:  # whatever it is, it is ours: the student's faults are values
            if isinstance(error, BrokenProcessPool) and tries < MAX_TRIES:
                self._running[self._submit(handed_in)] = (handed_in, tries + 1)
                return
            message = f"The grader failed on this submission ({type(error).__name__}: {error}). It will be tried again."
            record = Record(handed_in.student, self._task.assignment.name, "grader_error", message=message)
            self._ready.append((handed_in, Graded(record)))


def _end_with_parent(parent: int) -> None:
    """Let this worker end when the command is killed: it would wait for jobs for ever."""
    if sys.platform == "linux":
        die_with_parent()
        if os.getppid() != parent:  # it has ended already, before this worker could ask to end with it
            os._exit(1)


def _get_ready(packed: bytes) -> None:
    """Import what a job needs and start the warm parent, while there is nothing to grade yet."""
    warm_parent(_unpacked(packed).plan.modules)


def _grade_packed(packed: bytes, handed_in: HandedIn) -> Graded:
    return grade_one(_unpacked(packed), handed_in)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Task:
    task: Task = pickle.loads(packed)
    return task
