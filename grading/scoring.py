"""Verdict and points for each check, from how its cell ended. Nothing that a cell prints costs a point."""

from dataclasses import dataclass

from grading.course import Assignment, GradeCell
from grading.execution import CellRun, Execution

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


def score(execution: Execution, assignment: Assignment) -> tuple[CheckResult, ...]:
    """Return the results of all checks, in the order of the assignment."""
    runs = {
        cell.metadata.nbgrader.grade_id: run
        for cell, run in zip(execution.notebook.cells, execution.runs, strict=True)
        if "nbgrader" in cell.metadata
    }
    return tuple(_score_one(check, runs[check.grade_id]) for check in assignment.grade_cells)


def _score_one(check: GradeCell, run: CellRun) -> CheckResult:
    verdict, points, message = _verdict(run), 0.0, _message(run)
    if verdict == "passed":
        points = check.points if run.points is None else min(max(run.points, 0.0), check.points)
        verdict = "passed" if points == check.points else "partial" if points else "failed"
        message = "" if verdict == "passed" else f"The check gives {points:g} of {check.points:g} points."
    return CheckResult(check.grade_id, check.title, check.function, verdict, points, check.points, message)


_OF_ENDING = {
    "ok": "passed",
    "timeout": "timeout",
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
        text = f"{run.error}: {text}"
    elif run.ending == "error" and not text.strip():
        text = "The check failed without a message."
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_CHARACTERS else text[:MESSAGE_CHARACTERS] + " ..."
