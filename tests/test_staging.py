"""Staging: what students may not change is restored, and nothing of theirs steers the grading."""

import copy
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course import Assignment
from grading.staging import Staged, stage
from grading.submission import Submission


def settings(grade_id: str, **changes: object) -> NotebookNode:
    values = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, **changes}
    return NotebookNode(nbgrader=NotebookNode(grade_id=grade_id, **values))


SETUP = "import math"
CHECK = "# add adds\nassert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\nassert add(5, 6) == 11\n### END HIDDEN TESTS"
MORE = "# add takes text\nassert add('a', 'b') == 'ab'"


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    notebook = new_notebook(
        cells=[
            new_code_cell(SETUP, id="setup", metadata=settings("setup", locked=True)),
            new_markdown_cell("Write add.", id="text"),
            new_code_cell(
                "# GRADED FUNCTION: add\ndef add(a, b):\n    return a + b",
                id="add_solution",
                metadata=settings("add_solution", solution=True),
            ),
            new_code_cell(CHECK, id="add_adds", metadata=settings("add_adds", grade=True, locked=True, points=2)),
            new_code_cell(MORE, id="add_text", metadata=settings("add_text", grade=True, locked=True, points=1)),
        ]
    )
    path = tmp_path / "sums.ipynb"
    nbformat.write(notebook, path)
    return Assignment("sums", path)


@pytest.fixture
def submit(assignment: Assignment) -> Callable[[list[NotebookNode]], Staged]:
    def stage_cells(cells: list[NotebookNode]) -> Staged:
        before = copy.deepcopy(cells)
        notebook = NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
        staged = stage(Submission("s01", notebook), assignment)
        assert cells == before  # the submission itself stays as it is
        nbformat.validate(staged.notebook)
        return staged

    return stage_cells


@pytest.fixture
def cells(assignment: Assignment) -> list[NotebookNode]:
    return copy.deepcopy(assignment.notebook.cells)


Submit = Callable[[list[NotebookNode]], Staged]


def ids(staged: Staged) -> list[str]:
    return [cell.metadata.get("nbgrader", {}).get("grade_id", "-") for cell in staged.notebook.cells]


def test_locked_cells_and_checks_are_the_instructors_and_the_solution_is_the_students(
    cells: list[NotebookNode], submit: Submit
) -> None:
    for cell in cells:
        cell.source = f"# mine\n{cell.source}" if cell.id == "add_solution" else "pass"
    staged = submit(cells)
    sources = [cell.source for cell in staged.notebook.cells]
    assert sources[0] == SETUP
    assert sources[2].startswith("# mine\n# GRADED FUNCTION: add")
    assert sources[3:] == [CHECK, MORE]
    assert staged.notices == ()


def test_points_and_flags_in_a_submission_have_no_effect(cells: list[NotebookNode], submit: Submit) -> None:
    cells[3].metadata.nbgrader.update(points=100, grade=False, solution=True, locked=False)
    cells[2].metadata.nbgrader.update(grade=True, points=50, solution=False)
    staged = submit(cells)
    assert staged.notebook.cells[3].metadata.nbgrader.points == 2
    assert staged.notebook.cells[3].source == CHECK
    assert not staged.notebook.cells[2].metadata.nbgrader.grade


def test_tags_outputs_and_metadata_are_dropped(cells: list[NotebookNode], submit: Submit) -> None:
    cells.append(new_code_cell("1", metadata=NotebookNode(tags=["skip-execution"]), execution_count=7))
    cells[-1].outputs = [nbformat.v4.new_output("stream", text="I passed everything")]
    cells[3].outputs = [nbformat.v4.new_output("stream", text="I passed everything")]
    staged = submit(cells)
    assert staged.notebook.cells[-1].metadata == {}
    assert all(cell.get("outputs", []) == [] for cell in staged.notebook.cells)
    assert all(cell.get("execution_count") is None for cell in staged.notebook.cells)


def test_of_a_doubled_check_the_last_one_counts_and_a_sentence_names_both(
    cells: list[NotebookNode], submit: Submit
) -> None:
    staged = submit([copy.deepcopy(cells[3]), *cells])
    assert ids(staged) == ["setup", "-", "add_solution", "add_adds", "add_text"]
    (notice,) = staged.notices
    assert "'add_adds' stands more than once (first as cell 1 of the notebook, last as cell 5)" in notice


def test_of_a_doubled_solution_the_earlier_one_still_runs(cells: list[NotebookNode], submit: Submit) -> None:
    earlier = copy.deepcopy(cells[2])
    earlier.source += "\nlimit = 3"
    staged = submit([cells[0], earlier, *cells[1:]])
    assert ids(staged) == ["setup", "-", "-", "add_solution", "add_adds", "add_text"]
    assert staged.notebook.cells[1].source == earlier.source


def test_what_the_student_calls_locked_does_not_decide_what_stays(cells: list[NotebookNode], submit: Submit) -> None:
    earlier_solution, earlier_check = copy.deepcopy(cells[2]), copy.deepcopy(cells[3])
    earlier_solution.metadata.nbgrader.update(locked=True, grade=True)
    earlier_check.metadata.nbgrader.update(locked=False, grade=False, solution=True)
    staged = submit([earlier_solution, earlier_check, *cells])
    assert ids(staged) == ["-", "setup", "-", "add_solution", "add_adds", "add_text"]
    assert staged.notebook.cells[0].source == earlier_solution.source


def test_missing_cells_are_put_back_where_they_belong(cells: list[NotebookNode], submit: Submit) -> None:
    staged = submit([cells[1], cells[2], cells[4]])
    assert ids(staged) == ["setup", "-", "add_solution", "add_adds", "add_text"]
    assert staged.notices == (
        "The cell 'setup' was missing and has been put back.",
        "The cell 'add_adds' was missing and has been put back.",
    )


def test_a_missing_solution_is_named_and_never_filled_in(cells: list[NotebookNode], submit: Submit) -> None:
    staged = submit([cells[0], cells[3], cells[4]])
    solution = next(cell for cell in staged.notebook.cells if cell.id == "add_solution")
    assert solution.source == "# This cell was missing in the submission."
    assert "solution cell 'add_solution' is missing" in staged.notices[0]


def test_a_solution_that_lost_its_metadata_is_known_by_its_first_line(
    cells: list[NotebookNode], submit: Submit
) -> None:
    del cells[2].metadata["nbgrader"]
    staged = submit(cells)
    assert ids(staged)[2] == "add_solution"
    assert staged.notices == ()


def test_a_solution_that_lost_everything_is_known_by_the_function_that_it_defines(
    cells: list[NotebookNode], submit: Submit
) -> None:
    for cell in cells:
        cell.metadata.clear()
    cells[2].source = "def add(a, b):\n    return a + b + 0"
    trial = new_code_cell("def add(a, b):\n    return 3", id="trial")
    uses = new_code_cell("def addition(a, b):\n    return add(a, b)", id="uses")
    staged = submit([cells[0], trial, cells[2], uses])
    solution = next(cell for cell in staged.notebook.cells if cell.id == "add_solution")
    assert solution.source == "def add(a, b):\n    return a + b + 0"
    assert ids(staged) == ["setup", "-", "-", "add_solution", "add_adds", "add_text", "-"]
    assert not any("add_solution" in notice for notice in staged.notices)


def test_a_solution_without_its_first_line_in_the_source_is_never_guessed(
    assignment: Assignment, cells: list[NotebookNode]
) -> None:
    assignment.notebook.cells[2].source = "def add(a, b):\n    return a + b"
    own = new_code_cell("x = 1", id="mine")
    notebook = new_notebook(cells=[cells[0], own, cells[3], cells[4]])
    staged = stage(Submission("s01", notebook), assignment)
    assert staged.notebook.cells[1].source != own.source
    assert [cell.metadata for cell in staged.notebook.cells if cell.source == own.source] == [{}]
    assert "The solution cell 'add_solution' is missing" in staged.notices[0]


def test_the_order_of_the_student_is_kept_and_a_check_goes_behind_the_cell_before_it(
    cells: list[NotebookNode], submit: Submit
) -> None:
    staged = submit([cells[0], cells[4], cells[2], cells[1]])
    assert ids(staged) == ["setup", "add_text", "add_solution", "add_adds", "-"]


def test_an_empty_notebook_gets_every_cell_of_the_assignment(submit: Submit) -> None:
    staged = submit([])
    assert ids(staged) == ["setup", "add_solution", "add_adds", "add_text"]
    assert len(staged.notices) == 4


def test_what_reading_noticed_comes_first(assignment: Assignment, cells: list[NotebookNode]) -> None:
    submission = Submission("s01", new_notebook(cells=cells[1:]), notices=("a link was left out.",))
    assert stage(submission, assignment).notices == (
        "a link was left out.",
        "The cell 'setup' was missing and has been put back.",
    )


@pytest.mark.parametrize("junk", ["add_adds", ["add_adds"], {"grade_id": ["add_adds"]}, {"grade_id": 3}, None])
def test_metadata_of_any_shape_is_endured(cells: list[NotebookNode], submit: Submit, junk: object) -> None:
    cells.append(new_code_cell("1"))
    cells[-1].metadata["nbgrader"] = junk
    assert ids(submit(cells))[-1] == "-"


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_check_or_solution_turned_into_text_does_not_confuse_the_stage(
    cells: list[NotebookNode], submit: Submit, kind: str
) -> None:
    for cell in (cells[2], cells[3]):
        cell.cell_type = kind
        del cell["outputs"], cell["execution_count"]
    staged = submit(cells)
    assert staged.notebook.cells[3].cell_type == "code"
    assert staged.notebook.cells[3].source == CHECK


def test_cells_without_ids_get_some(cells: list[NotebookNode], submit: Submit) -> None:
    for cell in cells:
        del cell["id"]
    assert [cell.id for cell in submit(cells).notebook.cells][:3] == ["setup", "own-cell-1", "add_solution"]


def test_cell_ids_that_clash_with_restored_cells_are_made_distinct(cells: list[NotebookNode], submit: Submit) -> None:
    cells[1].id = "setup"
    staged = submit(cells[1:])
    found = [cell.id for cell in staged.notebook.cells]
    assert len(set(found)) == len(found)
