"""Verdict and points of a check, from how its cell ended."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from grading.course import Assignment, GradeCell
from grading.execution import CellRun, Execution, runs_by_id
from grading.scoring import CheckResult, score


class OneCheck(Assignment):
    """An assignment with a single check of two points."""

    @property
    def grade_cells(self) -> tuple[GradeCell, ...]:
        return (GradeCell("add_adds", "add adds", "add", 2.0),)

    @property
    def cells(self) -> dict[str, NotebookNode]:
        return {
            "add_solution": cell_with_settings("# GRADED FUNCTION: add", "add_solution", solution=True),
            "add_adds": cell_with_settings("assert True", "add_adds", solution=False),
        }


def cell_with_settings(source: str, grade_id: str, *, solution: bool) -> NotebookNode:
    settings = NotebookNode(grade_id=grade_id, solution=solution)
    cell: NotebookNode = new_code_cell(source, metadata=NotebookNode(nbgrader=settings))
    return cell


def result_of(run: CellRun, *outputs: NotebookNode, solution: CellRun | None = None) -> CheckResult:
    solution_cell = cell_with_settings("def add(a, b): ...", "add_solution", solution=True)
    cell = cell_with_settings("assert True", "add_adds", solution=False)
    notebook = new_notebook(cells=[new_code_cell("1"), solution_cell, cell])
    cell.outputs = list(outputs)
    execution = Execution(notebook, (CellRun("ok"), solution or CellRun("ok"), run), 0.1)
    (result,) = score(runs_by_id(execution), OneCheck("sums", Path("sums.ipynb")))
    return result


@pytest.mark.parametrize(
    ("run", "verdict", "message"),
    [
        (CellRun("ok"), "passed", ""),
        (CellRun("error", "AssertionError", "add(1, 2) should be 3."), "failed", "add(1, 2) should be 3."),
        (CellRun("error", "AssertionError", ""), "failed", "The check failed without a message."),
        (CellRun("error", "NotImplementedError", "Write it"), "not_implemented", "Not written yet."),
        (CellRun("error", "NameError", "name 'x' is not defined"), "error", "NameError: name 'x' is not defined"),
        (CellRun("error", "ValueError", ""), "error", "ValueError, without a message."),
        (CellRun("error", "KeyError", "dby"), "error", "KeyError: dby"),
        (CellRun("error", "KeyError", "\n"), "error", "KeyError: '\\n'"),
        (CellRun("timeout"), "timeout", "The check did not come to an end in time."),
        (CellRun("error", "MemoryError", ""), "memory_exceeded", "More memory was used than is allowed."),
        (CellRun("flooded"), "output_exceeded", "More was printed than is allowed."),
        (CellRun("died"), "process_died", "The process of the submission ended while this check ran."),
        (CellRun("malformed"), "process_died", "The process of the submission was ended."),
        (CellRun("malformed", message="No."), "process_died", "The process of the submission was ended. No."),
        (CellRun("not_reached"), "not_reached", "The process of the submission had ended before this check."),
    ],
)
def test_each_ending_has_its_verdict(run: CellRun, verdict: str, message: str) -> None:
    result = result_of(run)
    assert (result.verdict, result.message) == (verdict, message)
    assert result.points == (2 if verdict == "passed" else 0)


def test_what_a_passed_check_prints_costs_nothing() -> None:
    assert result_of(CellRun("ok"), new_output("stream", name="stderr", text="RuntimeWarning: overflow")).points == 2


@pytest.mark.parametrize(
    ("value", "points", "verdict"),
    [(1.5, 1.5, "partial"), (2.0, 2, "passed"), (0.0, 0, "failed"), (7.0, 2, "passed"), (-1.0, 0, "failed")],
)
def test_a_number_that_a_check_gives_is_its_points_within_bounds(value: float, points: float, verdict: str) -> None:
    result = result_of(CellRun("ok", points=value))
    assert (result.points, result.verdict) == (points, verdict)


def test_points_that_a_check_gives_are_explained() -> None:
    assert result_of(CellRun("ok", points=0.5)).message == "The check gives 0.5 of 2 points."
    assert result_of(CellRun("ok", points=2)).message == ""


@pytest.mark.parametrize("kind", ["execute_result", "display_data"])
def test_a_number_that_is_only_shown_is_no_points(kind: str) -> None:
    output = NotebookNode(output_type=kind, data={"text/plain": "0"}, metadata={})
    assert result_of(CellRun("ok"), output).points == 2


def test_an_ending_without_a_receipt_gives_nothing_whatever_the_cell_shows() -> None:
    output = new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    for ending in ("timeout", "died", "flooded", "malformed", "not_reached", "something new"):
        assert result_of(CellRun(ending, points=2.0), output).points == 0


def test_a_number_does_not_help_a_check_that_failed() -> None:
    output = new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    assert result_of(CellRun("error", "AssertionError", "no", points=2.0), output).points == 0


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        (CellRun("ok"), "No cell before this check defines it, or a later one has deleted it."),
        (
            CellRun("error", "SyntaxError", "unmatched ')' (<ipython-input-3-ab12>, line 5)"),
            "Its cell ends with SyntaxError: unmatched ')' (line 5).",
        ),
        (
            CellRun("error", "IndentationError", "unindent (<tokenize>, line 5)"),
            "Its cell ends with IndentationError: unindent (line 5).",
        ),
        (CellRun("error", "ValueError", "It is over."), "Its cell ends with ValueError: It is over."),
        (CellRun("error", "Broken", ""), "Its cell ends with Broken, without a message."),
        (CellRun("timeout"), "Its cell did not come to an end in time."),
        (CellRun("flooded"), "Its cell printed more than is allowed."),
        (CellRun("died"), "Its cell has ended the process of the submission."),
        (CellRun("malformed"), "Its cell has ended the process of the submission."),
        (CellRun("not_reached"), "Its cell was not reached."),
    ],
)
def test_a_function_that_is_missing_is_explained_by_its_cell(solution: CellRun, reason: str) -> None:
    result = result_of(CellRun("error", "NameError", "name 'add' is not defined"), solution=solution)
    assert result.message == f"NameError: name 'add' is not defined. {reason}"
    other = result_of(CellRun("error", "NameError", "name 'np' is not defined"), solution=solution)
    assert other.message == "NameError: name 'np' is not defined"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("cannot import name 'x' from 'numpy' (/opt/venv/lib/numpy/__init__.py)", "(__init__.py)"),
        ("No such file: '/home/student/work/rolls.txt'", "No such file: 'rolls.txt'"),
        ("see https://numpy.org/doc/stable", "see https://numpy.org/doc/stable"),
        ("1/2/3 or and/or", "1/2/3 or and/or"),
    ],
)
def test_the_folders_of_this_machine_are_left_out_of_an_exception(said: str, message: str) -> None:
    assert result_of(CellRun("error", "OSError", said)).message.endswith(message)
    assert "/work" not in result_of(CellRun("error", "OSError", said)).message


def test_a_long_message_is_one_short_line() -> None:
    message = result_of(CellRun("error", "AssertionError", "a\n b\t\r\n" * 1000)).message
    assert message == "a b " * 75 + " ..."
    assert result_of(CellRun("error", "KeyError", "'dby'\n")).message == "KeyError: 'dby'"
