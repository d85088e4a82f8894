"""`grading check`: one notebook in, one JSON record out, and nothing written."""

import json
import shutil
from pathlib import Path

import jsonschema
import nbformat
import pytest
from click.testing import CliRunner

from grading.cli import main
from grading.course import Course
from grading.report import schema

TINY = Path(__file__).with_name("tiny_course")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folders of the assignment, and no others: no gradebook, no submitted/."""
    shutil.copytree(TINY, tmp_path / "course")
    return tmp_path / "course"


def solved(folder: Path, body: str) -> Path:
    notebook = nbformat.read(folder / "source" / "tiny" / "tiny.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id == "scale_solution":
            cell.source = f"def scale(values, factor):\n    {body}"
    path = folder.parent / "handed_in.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize(
    ("body", "code", "points"), [("values *= factor; return values", 0, 5), ("return values * factor", 1, 4)]
)
def test_the_exit_code_says_whether_points_are_missing(folder: Path, body: str, code: int, points: float) -> None:
    path = solved(folder, body)
    before = sorted(folder.rglob("*"))
    result = CliRunner().invoke(main, ["--course", str(folder), "check", str(path), "--assignment", "tiny"])
    assert result.exit_code == code, result.output
    record = json.loads(result.stdout)
    jsonschema.validate(record, schema())
    assert (record["points"], record["max_points"], record["sandbox"]) == (points, 5, "full")
    assert sorted(folder.rglob("*")) == before


def test_a_notebook_that_cannot_be_read_is_a_record_too(folder: Path) -> None:
    path = folder.parent / "tiny.ipynb"
    path.write_text("{")
    result = CliRunner().invoke(main, ["--course", str(folder), "check", str(path)])
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    jsonschema.validate(record, schema())
    assert record["status"] == "unreadable"
    assert "tiny.ipynb is not a notebook" in record["message"]


def test_a_fault_of_the_course_is_no_result(folder: Path) -> None:
    path = solved(folder, "return values")
    source = folder / "source" / "tiny" / "tiny.ipynb"
    source.write_text(source.read_text().replace("SIDES = 6", "SIDES = 1 / 0"))
    result = CliRunner().invoke(main, ["--course", str(folder), "check", str(path), "--assignment", "tiny"])
    assert result.exit_code == 3
    record = json.loads(result.stdout)
    jsonschema.validate(record, schema())
    assert "the locked cell 'setup' fails: ZeroDivisionError" in record["message"]


def test_without_a_sandbox_the_record_says_so(folder: Path) -> None:
    path = solved(folder, "return values")
    result = CliRunner().invoke(
        main, ["--course", str(folder), "check", str(path), "--assignment", "tiny", "--no-sandbox"]
    )
    assert json.loads(result.stdout)["sandbox"] == "none"


def test_the_schema_knows_every_field_of_a_record() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"student": "s01"}, schema())


def test_an_unknown_assignment_is_named(folder: Path) -> None:
    path = solved(folder, "return values")
    result = CliRunner().invoke(main, ["--course", str(folder), "check", str(path)])
    assert result.exit_code == 3
    assert "There is no assignment 'handed_in'" in result.output
    assert Course(folder).assignments() == ["tiny"]
