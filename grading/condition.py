"""Grade right solutions under one condition, in a process of its own: ``python -m grading.condition``.

`portability` starts it with another OpenBLAS kernel or another NumPy. It reads the solutions as a pickle from standard
input, writes the outcome of every check to standard output, and says nothing else there.
"""

import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import nbformat
import numpy as np

from grading.course import Assignment
from grading.execution import Brief, Limits, execute, runs_by_id
from grading.kernels import active_kernel
from grading.plan import make_plan
from grading.scoring import score
from grading.staging import stage
from grading.submission import Submission
from grading.variants import reference_solutions


@dataclass(frozen=True)
class Request:
    """What is to be graded."""

    assignment: Assignment
    files: Mapping[str, bytes]  # the released ones
    notebooks: Mapping[str, str]  # solved ones, by name, as JSON
    noise: float  # relative, on what the solutions compute
    sandboxed: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one check of one notebook; no array in it, which another NumPy could not read."""

    points: float
    message: str
    lines: tuple[str, ...]  # of its transcript: which kinds of values the functions returned
    numbers: bytes  # float64, in the same order


@dataclass(frozen=True)
class Outcomes:
    """What became of everything, and where."""

    kernel: str
    numpy: str
    by_check: Mapping[tuple[str, str], Outcome]  # by the name of the notebook and the grade_id


def grade(request: Request) -> Outcomes:
    """Grade all notebooks of a request in this process, one after the other."""
    found: dict[tuple[str, str], Outcome] = {}
    assignment, plan = request.assignment, make_plan(request.assignment, request.files)
    brief = Brief("", tuple(reference_solutions(assignment).values()), tells_all=True, noise=request.noise)
    for name, text in request.notebooks.items():
        staged = stage(Submission(name, nbformat.reads(text, as_version=4)), assignment)
        execution = execute(staged.notebook, plan, request.files, Limits(), sandboxed=request.sandboxed, brief=brief)
        runs = runs_by_id(execution)
        for check in score(runs, assignment):
            seen = runs[check.grade_id].seen
            lines, numbers = (seen.lines, seen.numbers.tobytes()) if seen else ((), b"")
            found[name, check.grade_id] = Outcome(check.points, check.message, lines, numbers)
    return Outcomes(active_kernel(), np.__version__, found)


def main() -> None:
    """Serve one request."""
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever prints, the answer stays alone
    request = pickle.load(sys.stdin.buffer)  # from the command, which has started this process
    with os.fdopen(answer, "wb") as stream:
        pickle.dump(grade(request), stream)


if __name__ == "__main__":
    from grading.condition import main as run  # so that what is pickled belongs to this module, and not to __main__

    run()
