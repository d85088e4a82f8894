"""Run the mutants of the reference solutions through the checks: each has to be caught, or to be listed as equivalent.

A mutant can touch the checks of its own function only (`verify` proves that), so it meets no others. What survives is
a gap in the checks, or a change that changes nothing: then ``variants/<assignment>/equivalent_mutants.toml`` names it
with the reason.
"""

import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grading.autograde import released_files
from grading.course import Assignment, Course
from grading.errors import CourseError, GradingError
from grading.execution import Limits
from grading.job import GradingPool, make_task
from grading.mutants import Mutant, make_mutants
from grading.report import Record
from grading.variants import REFERENCE, compose
from grading.verify import SOLVED, grade_notebooks, lean, released_notebook

EQUIVALENT = "equivalent_mutants.toml"
LIMITS = Limits(cell=10, notebook=20)  # seconds: the slowest check of a right solution needs half of one


@dataclass(frozen=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    killed_by: tuple[str, ...]  # the checks that took points from it
    timed_out: bool  # nothing but its time was missed: it may loop for ever

    @property
    def survived(self) -> bool:
        """Whether it has full marks."""
        return not self.killed_by


@dataclass(frozen=True)
class Mutation:
    """How sharp the checks are."""

    fates: tuple[Fate, ...]
    equivalent: Mapping[str, str]  # by name of a mutant: why no check can tell it from the reference
    seconds: float = 0.0

    @property
    def killed(self) -> int:
        """How many mutants lost points."""
        return sum(not fate.survived for fate in self.fates)

    @property
    def explained(self) -> tuple[Fate, ...]:
        """The survivors that are listed as equivalent."""
        return tuple(fate for fate in self.fates if fate.survived and fate.mutant.name in self.equivalent)

    @property
    def share(self) -> float:
        """Killed of all mutants, from 0 to 1."""
        return self.killed / len(self.fates) if self.fates else 1.0

    @property
    def share_of_killable(self) -> float:
        """Killed of those that are not equivalent, from 0 to 1."""
        killable = len(self.fates) - len(self.explained)
        return self.killed / killable if killable else 1.0

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as it should be, as sentences."""
        fates = {fate.mutant.name: fate for fate in self.fates}
        found = [
            f"The mutant {name} survives, in {fate.mutant.line!r}. Write a check for it, or list it in {EQUIVALENT}."
            for name, fate in fates.items()
            if fate.survived and name not in self.equivalent
        ]
        for name in self.equivalent:
            if name not in fates:
                found.append(f"{EQUIVALENT} lists {name}, and there is no such mutant.")
            elif not fates[name].survived:
                found.append(f"{EQUIVALENT} lists {name}, but {', '.join(fates[name].killed_by)} caught it.")
        return tuple(found)


def run_mutants(
    course: Course,
    assignment: Assignment,
    workers: int,
    *,
    sandboxed: bool = True,
    on_graded: Callable[[str], None] = lambda name: None,
) -> Mutation:
    """Grade all mutants of an assignment through the real engine.

    Raises:
        GradingError: a reference solution loses points, or a mutant could not be graded.
    """
    started, fates = time.monotonic(), dict[str, Fate]()
    mutants, listed = make_mutants(assignment), load_equivalent(course, assignment)
    for function in assignment.functions:
        own = [mutant for mutant in mutants if mutant.function == function]
        for fate in _run_function(course, assignment, own, workers, sandboxed):
            on_graded(fate.mutant.name)
            fates[fate.mutant.name] = fate
    ordered = tuple(fates[mutant.name] for mutant in mutants)
    return Mutation(ordered, listed, round(time.monotonic() - started, 1))


def load_equivalent(course: Course, assignment: Assignment) -> dict[str, str]:
    """Return the reasons why mutants are equivalent, by their names; none where the file is missing.

    Raises:
        CourseError: the file is not a list of names with reasons.
    """
    path = course.root / "variants" / assignment.name / EQUIVALENT
    if not path.exists():
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}.") from error
    for name, reason in listed.items():
        if not isinstance(reason, str) or not reason.strip():
            raise CourseError(f"{path} should give a reason for {name!r}, as a text.")
    return listed


def _run_function(
    course: Course, assignment: Assignment, mutants: Sequence[Mutant], workers: int, sandboxed: bool
) -> Iterator[Fate]:
    """Grade the mutants of one function by its own checks, after a clean run of the reference."""
    if not mutants:
        return
    small = only_checks_of(assignment, mutants[0].function)
    released = _with_checks(released_notebook(course, assignment), [check.grade_id for check in small.grade_cells])
    task = make_task(small, released_files(course, assignment), LIMITS, sandboxed=sandboxed)
    named = {f"mutant-{number}": mutant for number, mutant in enumerate(mutants)}
    solutions = {name: {mutant.function: mutant.source} for name, mutant in named.items()}
    notebooks = {
        name: lean(compose(released, small, solution), task.plan)
        for name, solution in {SOLVED: REFERENCE, **solutions}.items()
    }
    with GradingPool(task, workers) as pool:
        for name, record in grade_notebooks(pool, notebooks):
            if name == SOLVED:
                _check_clean(record)
            else:
                yield _fate(named[name], record)


def only_checks_of(assignment: Assignment, function: str) -> Assignment:
    """Return the assignment without the checks of all other functions."""
    kept = [check.grade_id for check in assignment.grade_cells if check.function == function]
    with tempfile.TemporaryDirectory() as folder:
        small = Assignment(assignment.name, Path(folder) / assignment.source.name)
        nbformat.write(_with_checks(assignment.notebook, kept), small.source)
        _ = small.notebook  # it is read here, while the file exists, and kept
    return small


def _with_checks(notebook: NotebookNode, kept: Collection[str]) -> NotebookNode:
    cells = []
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if not settings.get("grade") or settings.get("solution") or settings.get("grade_id") in kept:
            cells.append(cell)
    return NotebookNode({**notebook, "cells": cells})


def _check_clean(record: Record) -> None:
    if record.status != "graded" or record.points < record.max_points:
        raise GradingError(
            f"Without any mutation, the reference has {record.points:g} points. {record.message}".strip()
        )


def _fate(mutant: Mutant, record: Record) -> Fate:
    if record.status != "graded":
        raise GradingError(f"The mutant {mutant.name} could not be graded: {record.message}")
    lost = [check for check in record.checks if check.points < check.max_points]
    return Fate(
        mutant, tuple(check.grade_id for check in lost), bool(lost) and {c.verdict for c in lost} == {"timeout"}
    )


def as_json(result: Mutation) -> dict[str, Any]:
    """Return all that the result says, as data for JSON."""
    return {
        "mutants": len(result.fates),
        "killed": result.killed,
        "killed_share": round(result.share, 4),
        "killed_share_of_killable": round(result.share_of_killable, 4),
        "equivalent": {fate.mutant.name: result.equivalent[fate.mutant.name] for fate in result.explained},
        "timed_out": [fate.mutant.name for fate in result.fates if fate.timed_out],
        "faults": list(result.faults),
        "seconds": result.seconds,
    }
