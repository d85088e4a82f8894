"""Verdict and points for each check, from how its cell ended. Nothing that a cell prints costs a point."""

import math
import re
from dataclasses import dataclass

from nbformat import NotebookNode

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
        cell.metadata.nbgrader.grade_id: (cell, run)
        for cell, run in zip(execution.notebook.cells, execution.runs, strict=True)
        if "nbgrader" in cell.metadata
    }
    return tuple(_score_one(check, *runs[check.grade_id]) for check in assignment.grade_cells)


def _score_one(check: GradeCell, cell: NotebookNode, run: CellRun) -> CheckResult:
    verdict, points, message = _verdict(run), 0.0, _message(run)
    if verdict == "passed":
        points = _returned_points(cell, check.points)
        verdict = "passed" if points == check.points else "partial" if points else "failed"
        message = "" if verdict == "passed" else f"The check gives {points:g} of {check.points:g} points."
    return CheckResult(check.grade_id, check.title, check.function, verdict, points, check.points, message)


def _verdict(run: CellRun) -> str:
    """Translate the ending of a cell. A check passes only with the receipt that it ran to its end."""
    if run.ending == "error":
        return {"AssertionError": "failed", "NotImplementedError": "not_implemented"}.get(run.error, "error")
    return {"ok": "passed", "timeout": "timeout", "died": "process_died"}.get(run.ending, "not_reached")


def _message(run: CellRun) -> str:
    text = {
        "timeout": "The check did not come to an end in time.",
        "died": "The process ended while this check ran.",
        "not_reached": "The process had ended before this check.",
    }.get(run.ending, run.message)
    if run.error == "NotImplementedError":
        text = "Not written yet."
    elif run.ending == "error" and run.error != "AssertionError":
        text = f"{run.error}: {text}"
    elif run.ending == "error" and not text.strip():
        text = "The check failed without a message."
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_CHARACTERS else text[:MESSAGE_CHARACTERS] + " ..."


def _returned_points(cell: NotebookNode, max_points: float) -> float:
    """Return nbgrader's partial credit: a number as the last expression of a check is its points."""
    for output in cell.outputs:
        if output.output_type == "execute_result":
            text = str(output.data.get("text/plain", ""))
            try:
                points = float(re.sub(r"^np\.\w+\((.*)\)$", r"\1", text))  # np.float64(1.5), as NumPy 2 shows it
            except ValueError:
                return max_points  # another value than a number: nbgrader gives full points, too
            return 0.0 if math.isnan(points) else min(max(points, 0.0), max_points)
    return max_points
