"""The course folder: what an instructor has written there, and sentences about what is missing."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course import Assignment, Course, GradeCell, graded_function
from grading.errors import CourseError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with the assignments rnn and sums, without any content."""
    root = tmp_path / "course"
    for name in ("sums", "rnn"):
        (root / "source" / name).mkdir(parents=True)
        nbformat.write(new_notebook(), root / "source" / name / f"{name}.ipynb")
    (root / "nbgrader_config.py").touch()
    return root


def cell(grade_id: str, source: str, **changes: object) -> NotebookNode:
    values = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, **changes}
    return new_code_cell(source, metadata=NotebookNode(nbgrader=NotebookNode(grade_id=grade_id, **values)))


def check(grade_id: str, source: str, points: float) -> NotebookNode:
    return cell(grade_id, source, grade=True, locked=True, points=points)


def assignment_of(folder: Path, *cells: NotebookNode) -> Assignment:
    nbformat.write(new_notebook(cells=list(cells)), folder / "source" / "sums" / "sums.ipynb")
    return Course(folder).assignment("sums")


def test_a_course_is_found_from_any_folder_in_it(folder: Path) -> None:
    assert Course.find(folder) == Course(folder.resolve())
    assert Course.find(folder / "source" / "rnn") == Course(folder.resolve())


def test_the_nearest_course_upwards_is_the_one(folder: Path) -> None:
    (folder / "demo").mkdir()
    (folder / "demo" / "nbgrader_config.py").touch()
    assert Course.find(folder / "demo").root == folder.resolve() / "demo"


def test_outside_a_course_a_sentence_says_what_was_looked_for_and_where(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").mkdir()  # a folder is no configuration
    with pytest.raises(CourseError) as error:
        Course.find(tmp_path)
    assert str(error.value).startswith(f"{tmp_path.resolve()} is not inside a course: ")
    assert "nbgrader_config.py" in str(error.value)
    assert "--course" in str(error.value)


def test_an_unknown_assignment_is_answered_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(CourseError) as error:
        Course(folder).assignment("rn")
    missing = folder / "source" / "rn" / "rn.ipynb"
    assert str(error.value) == (f"There is no assignment 'rn': {missing} does not exist. Known assignments: rnn, sums.")


def test_a_course_without_assignments_says_that_it_knows_none(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"Known assignments: none\.$"):
        Course(tmp_path).assignment("rnn")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"nbformat": 99, "cells": []}'])
def test_a_source_notebook_that_cannot_be_read_is_named(folder: Path, content: bytes) -> None:
    source = folder / "source" / "sums" / "sums.ipynb"
    source.write_bytes(content)
    with pytest.raises(CourseError, match=r"cannot be read: .") as error:
        _ = Course(folder).assignment("sums").notebook
    assert str(source) in str(error.value)


def test_a_grade_id_that_stands_twice_is_named_with_its_notebook(folder: Path) -> None:
    assignment = assignment_of(folder, check("adds", "# a", 1), new_code_cell("x = 1"), check("adds", "# b", 2))
    with pytest.raises(CourseError) as error:
        _ = assignment.cells
    assert str(error.value) == f"The grade_id 'adds' stands twice in {assignment.source}; each cell needs its own."


def test_checks_belong_to_the_graded_function_above_them(folder: Path) -> None:
    assignment = assignment_of(
        folder,
        cell("setup", "import math", locked=True),
        cell("add_solution", "import os\n# GRADED FUNCTION: add\ndef add(a, b): ...", solution=True),
        check("add_adds", "# add adds two numbers\nassert add(1, 2) == 3", 2),
        new_markdown_cell("Now multiply."),
        check("add_takes_text", "#add takes text, too  \nassert add('a', 'b') == 'ab'", 0.5),
        cell("mul_solution", "# GRADED FUNCTION: mul\ndef mul(a, b): ...", solution=True),
        check("mul_multiplies", "# mul multiplies\nassert mul(2, 3) == 6", 3),
    )
    assert assignment.grade_cells == (
        GradeCell("add_adds", "add adds two numbers", "add", 2.0),
        GradeCell("add_takes_text", "add takes text, too", "add", 0.5),
        GradeCell("mul_multiplies", "mul multiplies", "mul", 3.0),
    )
    assert assignment.functions == ("add", "mul")
    assert assignment.max_points == 5.5
    assert list(assignment.cells) == [
        "setup",
        "add_solution",
        "add_adds",
        "add_takes_text",
        "mul_solution",
        "mul_multiplies",
    ]


@pytest.mark.parametrize(
    ("source", "function"),
    [
        ("# GRADED FUNCTION: clip\ndef clip(): ...", "clip"),
        ("import re\n# GRADED FUNCTION:   sample_2  (10 points)", "sample_2"),
        ("x = '# GRADED FUNCTION: clip'", ""),
        ("    # GRADED FUNCTION: clip", ""),
        ("# GRADED FUNCTION:\ndef clip(): ...", ""),
        ("", ""),
    ],
)
def test_the_graded_function_stands_behind_its_comment(source: str, function: str) -> None:
    assert graded_function(source) == function


def test_students_are_those_with_a_folder_for_the_assignment(folder: Path) -> None:
    course = Course(folder)
    assert course.students("rnn") == []
    for student, assignment in (("s02", "rnn"), ("s01", "rnn"), ("s03", "sums")):
        course.submitted(student, assignment).mkdir(parents=True)
    assert course.students("rnn") == ["s01", "s02"]
    assert course.students("sums") == ["s03"]


def test_the_parts_of_a_course_lie_where_nbgrader_looks_for_them(folder: Path) -> None:
    course = Course(folder)
    assert course.release("rnn") == folder / "release" / "rnn"
    assert course.submitted("s01", "rnn") == folder / "submitted" / "s01" / "rnn"
    assert course.autograded("s01", "rnn") == folder / "autograded" / "s01" / "rnn"
    assert course.feedback("s01", "rnn") == folder / "feedback" / "s01" / "rnn"


@pytest.mark.parametrize(
    ("settings", "source", "sentence"),
    [
        (
            {"points": "two"},
            "# t\n1",
            r"'adds' of .*sums\.ipynb should have .* points, and not 'two'",
        ),
        ({}, "# t\n1", "positive number of points, and not None"),
        ({"points": 0}, "# t\n1", "positive number of points, and not 0"),
        ({"points": 1}, " ", "'adds' of .* is a check without any code"),
    ],
)
def test_settings_that_cannot_be_graded_are_named(
    folder: Path, settings: dict[str, object], source: str, sentence: str
) -> None:
    assignment = assignment_of(folder, cell("adds", source, grade=True, locked=True, **settings))
    with pytest.raises(CourseError, match=sentence):
        _ = assignment.grade_cells


def test_a_missing_setting_is_named(folder: Path) -> None:
    damaged = check("adds", "# t\n1", 1)
    del damaged.metadata.nbgrader["solution"]
    with pytest.raises(CourseError, match=r"'adds' of .* has no setting 'solution'"):
        _ = assignment_of(folder, damaged).grade_cells


@pytest.mark.parametrize("content", ["[]", "null", '{"nbformat": 4.0}', "[" * 100_000, ""])
@pytest.mark.filterwarnings("ignore")
def test_a_source_that_is_no_notebook_is_named(folder: Path, content: str) -> None:
    path = folder / "source" / "sums" / "sums.ipynb"
    path.write_text(content)
    with pytest.raises(CourseError, match=r"sums\.ipynb cannot be read"):
        _ = Course(folder).assignment("sums").cells


def test_only_a_notebook_named_as_its_folder_is_an_assignment(folder: Path) -> None:
    nbformat.write(new_notebook(), folder / "source" / "sums" / "draft.ipynb")
    assert Course(folder).assignments() == ["rnn", "sums"]


def test_a_course_makes_its_secret_once_and_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRADING_SECRET", raising=False)
    course = Course(tmp_path)
    assert course.secret() == b""
    course.make_secret()
    secret = course.secret()
    assert len(secret) == 64
    assert (tmp_path / ".grading.secret").stat().st_mode & 0o777 == 0o600
    course.make_secret()
    assert course.secret() == secret
    monkeypatch.setenv("GRADING_SECRET", "from the settings of the server")
    assert course.secret() == b"from the settings of the server"
