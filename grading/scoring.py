"""Verdict and points for each check, from how its cell ended. Nothing that a cell prints costs a point."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grading.course import Assignment, GradeCell, graded_function
from grading.execution import CellRun

MESSAGE_CHARACTERS = 300  # a sentence or two; an assertion of NumPy may print whole arrays


@dataclass(frozen=True)
class CheckResult:
    """What became of one check."""

    grade_id: str
    title: str
    function: str
    verdict: str
    points: float
    max_points: float
    message: str  # what the check, or the exception, said
    misconception: str = ""  # the wrong variant that returns the same, "clip/upper_bound_only"; empty if none does
    hint: str = ""  # for the student: that variant's hint, or how far off the result is; empty if nothing is known


def score(runs: Mapping[str, CellRun], assignment: Assignment) -> tuple[CheckResult, ...]:
    """Return the results of all checks, in the order of the assignment, from how its cells ended, by `grade_id`."""
    solutions = {
        graded_function(cell.source): runs[grade_id]
        for grade_id, cell in assignment.cells.items()
        if cell.metadata.nbgrader.solution
    }
    return tuple(_score_one(check, runs[check.grade_id], solutions) for check in assignment.grade_cells)


def is_undefined(function: str, run: CellRun) -> bool:
    """Tell whether a check has ended because the notebook has no such function."""
    return run.error == "NameError" and run.message == f"name {function!r} is not defined"


def _score_one(check: GradeCell, run: CellRun, solutions: Mapping[str, CellRun]) -> CheckResult:
    verdict, points, message = _verdict(run), 0.0, _message(run)
    if is_undefined(check.function, run):
        message = _shortened(f"{message}. {_why_undefined(solutions.get(check.function, CellRun('ok')))}")
    if verdict == "passed":
        points = check.points if run.points is None else min(max(run.points, 0.0), check.points)
        verdict = "passed" if points == check.points else "partial" if points else "failed"
        message = "" if verdict == "passed" else f"The check gives {points:g} of {check.points:g} points."
    return CheckResult(check.grade_id, check.title, check.function, verdict, points, check.points, message)


_OF_ENDING = {
    "ok": "passed",
    "timeout": "timeout",
    "too_late": "timeout",
    "flooded": "output_exceeded",
    "died": "process_died",
    "malformed": "process_died",
}
_OF_ERROR = {
    "AssertionError": "failed",
    "NotImplementedError": "not_implemented",
    "MemoryError": "memory_exceeded",
}


def _verdict(run: CellRun) -> str:
    """Translate the ending of a cell. A check passes only with the receipt that it ran to its end."""
    if run.ending == "error":
        return _OF_ERROR.get(run.error, "error")
    return _OF_ENDING.get(run.ending, "not_reached")


def _message(run: CellRun) -> str:
    text = {
        "timeout": "The check did not come to an end in time.",
        "too_late": "The time for the whole notebook was over before this check.",
        "flooded": "More was printed than is allowed.",
        "died": "The process of the submission ended while this check ran.",
        "malformed": f"The process of the submission was ended. {run.message}".rstrip(),
        "not_reached": "The process of the submission had ended before this check.",
    }.get(run.ending, run.message)
    if run.error == "NotImplementedError":
        text = "Not written yet."
    elif run.error == "MemoryError":
        text = "More memory was used than is allowed."
    elif run.ending == "error" and run.error != "AssertionError":
        text = _described(run)
    elif run.ending == "error" and not text.strip():
        text = "The check failed without a message."
    return _shortened(text)


def _described(run: CellRun) -> str:
    """Return an exception in a line, without the folders of this machine and IPython's names for cells."""
    text = _PLACE_IN_CELL.sub(r"(\1)", _FOLDERS.sub("", run.message)).strip()
    if run.message and not text:  # a key that is a blank or a line end
        text = repr(run.message)
    return f"{run.error}: {text}" if text else f"{run.error}, without a message."


_FOLDERS = re.compile(r"(?<![\w/.:])/(?:[^\s/'\"()]+/)+(?=[^\s/'\"()])")  # all of a path but its last part
_PLACE_IN_CELL = re.compile(r"\((?:<[^>]*>|\d+\.py), (line \d+)\)")  # of a SyntaxError


def _why_undefined(solution: CellRun) -> str:
    """Say why a function is missing, from how its solution cell has ended: that is what the student should look at."""
    if solution.ending == "error":
        return f"Its cell ends with {_described(solution).removesuffix('.')}."
    return {
        "timeout": "Its cell did not come to an end in time.",
        "too_late": "The time for the whole notebook was over before its cell.",
        "flooded": "Its cell printed more than is allowed.",
        "died": "Its cell has ended the process of the submission.",
        "malformed": "Its cell has ended the process of the submission.",
        "not_reached": "Its cell was not reached.",
    }.get(solution.ending, "No cell before this check defines it, or a later one has deleted it.")


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_CHARACTERS else text[:MESSAGE_CHARACTERS] + " ..."
