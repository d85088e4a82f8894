"""The portability certificate: verdicts do not depend on the machine, as far as that can be tried out on this one.

Right solutions, all with full marks here, are graded again under each kernel of OpenBLAS that this processor can run,
and, where the notebook uses PyTorch, under each of that one's; on the oldest and the newest NumPy that the course
supports; and with noise on what they compute. A verdict that changes
is a fault, which names the check and how far the digits are apart.
"""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import nbformat
import numpy as np

from grading.autograde import CERTIFICATE, released_files
from grading.condition import Outcome, Outcomes, Request
from grading.course import Assignment, Course
from grading.environments import environment, oldest_numpy
from grading.errors import GradingError
from grading.execution import Limits
from grading.files import write_atomically
from grading.fingerprints import fingerprints
from grading.kernels import distinct_kernels, forcing, pytorch_kernels
from grading.plan import make_plan
from grading.variants import REFERENCE, compose, load_variants, reference_solutions
from grading.verify import lean, make_teams, released_notebook

NOISE = 1e-12  # relative; a long sum of an RNN differs by less from kernel to kernel
CONDITION_SECONDS = 300  # for one kernel; the course's own assignment needs ten
ENVIRONMENTS = ".certify"  # in the course, while a certificate is made


@dataclass(frozen=True)
class Condition:
    """Where and how the solutions are graded."""

    python: str  # path of the interpreter
    kernel: str  # to be forced; empty: the one that OpenBLAS chooses
    noise: float

    def described(self, outcomes: Outcomes) -> str:
        """Return it in words."""
        noise = f", noise {self.noise:g}" if self.noise else ""
        return f"under {self.kernel or outcomes.kernel}, NumPy {outcomes.numpy}{noise}"


@dataclass(frozen=True)
class Certificate:
    """What was tried with an assignment, and came out the same everywhere."""

    assignment: str
    fingerprint: str  # of checks, solutions and variants: see `fingerprint_of`
    date: str
    solutions: int  # the reference and the right variants
    noise: float
    kernels: Mapping[str, Sequence[str]]  # by version of NumPy
    left_out: Sequence[str] = ()  # sentences: what could not be tried

    def described(self) -> str:
        """Return it in a line."""
        names = {kernel for kernels in self.kernels.values() for kernel in kernels}
        versions = sorted(self.kernels, key=lambda version: [int(part) for part in version.split(".")])
        text = f"{len(names)} kernels, noise {self.noise:g}, NumPy {' and '.join(versions)}"
        return f"{text}; {self.solutions} right solutions keep full marks ({self.date})"


@dataclass(frozen=True)
class Trial:
    """A certificate, and why it must not be given."""

    certificate: Certificate
    faults: tuple[str, ...]


def certify(
    course: Course,
    assignment: Assignment,
    workers: int,
    *,
    sandboxed: bool = True,
    other_numpy: Sequence[str] | None = None,
    on_condition: Callable[[str], None] = lambda text: None,
) -> Trial:
    """Grade the right solutions under all conditions and say what came out. Nothing is written.

    Args:
        course: where the release and the variants are.
        assignment: which one.
        workers: how many conditions at a time.
        sandboxed: whether the solutions run in sandboxes.
        other_numpy: what to install beside the NumPy that is here; by default the oldest and the newest.
        on_condition: called with a description of each condition when it is done.

    Raises:
        GradingError: the release is older than the files that it was made from.
    """
    _refuse_old_release(course, assignment)
    request, solutions = _request(course, assignment, sandboxed)
    wanted = [f"numpy=={oldest_numpy()}", "numpy"] if other_numpy is None else list(other_numpy)
    with ExitStack() as stack:
        pythons, left_out = _interpreters(course.root / ENVIRONMENTS, wanted, stack)
        first = Condition(sys.executable, "", 0.0)
        control = _run(first, request)
        conditions = [Condition(python, kernel, NOISE) for python in pythons for kernel in distinct_kernels(python)]
        if "torch" in make_plan(assignment, request.files).modules:
            conditions += [Condition(sys.executable, kernel, NOISE) for kernel in pytorch_kernels()]
        done: list[tuple[Condition, Outcomes]] = []
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        for condition, outcomes in zip(conditions, pool.map(lambda one: _run(one, request), conditions), strict=True):
            done.append((condition, outcomes))
            on_condition(condition.described(outcomes))
    certificate = Certificate(
        assignment.name,
        fingerprint_of(course, assignment),
        date.today().isoformat(),
        solutions,
        NOISE,
        _kernels(done),
        tuple(left_out),
    )
    return Trial(certificate, (*_not_solved(control, assignment), *_changed(control, done)))


def fingerprint_of(course: Course, assignment: Assignment) -> str:
    """Return the sha256 of what a certificate is about: checks, what runs with them, and the right solutions."""
    files = released_files(course, assignment)
    checks = fingerprints(assignment, make_plan(assignment, files), files, Limits())
    right = {one.name: one.source for one in load_variants(course, assignment) if one.right}
    parts = [checks, reference_solutions(assignment), right]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def save_certificate(certificate: Certificate, assignment: Assignment) -> None:
    """Write a certificate beside the source notebook, from where nbgrader copies it into the release."""
    text = json.dumps(asdict(certificate), indent=2) + "\n"
    write_atomically(assignment.source.with_name(CERTIFICATE), text.encode())


def load_certificate(assignment: Assignment) -> Certificate | None:
    """Read the certificate of an assignment; None if it has none that can be read."""
    try:
        data = json.loads(assignment.source.with_name(CERTIFICATE).read_text(encoding="utf-8"))
        return Certificate(**{**data, "left_out": tuple(data["left_out"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def standing(course: Course, assignment: Assignment) -> str:
    """Say in a sentence what is known about the portability of an assignment as it is now."""
    certificate, advice = load_certificate(assignment), f"Run: grading verify {assignment.name} --portability"
    if certificate is None:
        return f"Nobody has tried other kernels and versions of NumPy. {advice}"
    if certificate.fingerprint != fingerprint_of(course, assignment):
        return f"Checks or solutions have changed since the portability certificate was made. {advice}"
    return f"Portable: {certificate.described()}."


def _refuse_old_release(course: Course, assignment: Assignment) -> None:
    """Raise an error where the release has other modules than `utils/`: the certificate would be about those."""
    for name, data in released_files(course, assignment).items():
        path = course.root / name
        if path.is_file() and path.read_bytes() != data:
            raise GradingError(
                f"{course.release(assignment.name) / name} is not {name} as it is now: the certificate would be about "
                f"an old release. Run first: grading release {assignment.name}"
            )


def _request(course: Course, assignment: Assignment, sandboxed: bool) -> tuple[Request, int]:
    """Return what is graded under each condition, and how many solutions that is; one of each function a notebook."""
    files, released = released_files(course, assignment), released_notebook(course, assignment)
    right = [variant for variant in load_variants(course, assignment) if variant.right]
    teams = [{one.function: one for one in team} for team in make_teams(right, assignment.functions)]
    named = {"the reference": REFERENCE}
    named |= {
        ", ".join(one.name for one in team.values()): {function: one.source for function, one in team.items()}
        for team in teams
    }
    plan = make_plan(assignment, files)
    notebooks = {
        name: nbformat.writes(lean(compose(released, assignment, solutions), plan)) for name, solutions in named.items()
    }
    return Request(assignment, files, notebooks, 0.0, sandboxed), 1 + len(right)


def _interpreters(folder: Path, wanted: Sequence[str], stack: ExitStack) -> tuple[list[str], list[str]]:
    """Return this Python and one for each other NumPy, and a sentence for each that cannot be had."""
    found, versions, left_out = [sys.executable], {np.__version__}, []
    for requirement in wanted:
        try:
            python = stack.enter_context(environment(folder, requirement))
        except GradingError as error:
            left_out.append(str(error))
            continue
        asked = [python, "-c", "import numpy; print(numpy.__version__)"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if version not in versions:
            found.append(python)
            versions.add(version)
    return found, left_out


def _run(condition: Condition, request: Request) -> Outcomes:
    """Grade under one condition, in a process of its own."""
    sent = pickle.dumps(Request(**{**vars(request), "noise": condition.noise}))
    try:
        done = subprocess.run(
            [condition.python, "-m", "grading.condition"],
            input=sent,
            env={**os.environ, **forcing(condition.kernel)},
            capture_output=True,
            timeout=CONDITION_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise GradingError(f"Grading under {condition.kernel} took more than {CONDITION_SECONDS} s.") from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        raise GradingError(f"Grading under {condition.kernel} has failed: {reason}") from error
    outcomes: Outcomes = pickle.loads(done.stdout)  # from a process of ours
    return outcomes


def _kernels(done: Sequence[tuple[Condition, Outcomes]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for condition, outcomes in done:
        found.setdefault(outcomes.numpy, {})[condition.kernel] = None
    return {version: list(kernels) for version, kernels in found.items()}


def _not_solved(control: Outcomes, assignment: Assignment) -> Iterator[str]:
    """Say which solution has no full marks to begin with: then nothing is proved."""
    worth = {check.grade_id: check.points for check in assignment.grade_cells}
    for (name, check), outcome in control.by_check.items():
        if outcome.points != worth[check]:
            yield f"{check} fails here already: {outcome.message} (in {name})"


def _changed(control: Outcomes, done: Sequence[tuple[Condition, Outcomes]]) -> Iterator[str]:
    """Say which verdicts are others than here."""
    for condition, outcomes in done:
        for (name, check), here in control.by_check.items():
            there = outcomes.by_check[name, check]
            if there.points != here.points:
                apart = _difference(here, there)
                yield (
                    f"{check} {condition.described(outcomes)}: {here.points:g} points become {there.points:g}: "
                    f"{there.message} (largest difference {apart:.1e}; in {name})"
                )


def _difference(one: Outcome, other: Outcome) -> float:
    """Return the largest relative difference between numbers of two transcripts, as far as both go."""
    a, b = (np.frombuffer(outcome.numbers) for outcome in (one, other))
    size = min(len(a), len(b))
    a, b = a[:size], b[:size]
    known = np.isfinite(a) & np.isfinite(b)
    scale = np.maximum(np.abs(a), np.abs(b))
    apart = np.abs(a - b)[known] / np.where(scale == 0, 1, scale)[known]
    return float(apart.max(initial=0.0))
