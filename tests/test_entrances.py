"""All entrances lead to the same engine, and to the same grades."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.autograde import autograde
from grading.cli import main
from grading.course import Course
from grading.report import load_record

GRADED = [f"s{number:02}" for number in range(1, 8)]  # the eighth hands in half a file


def scores(course: Course) -> dict[tuple[str, str], float | None]:
    """Return the score of every check in the gradebook, by student and grade_id."""
    with sqlite3.connect(course.root / "gradebook.db") as database:
        rows = database.execute(
            "SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score FROM grade"
            " JOIN base_cell ON grade.cell_id = base_cell.id"
            " JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id"
            " JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id"
        ).fetchall()
    return {(student, name): score for student, name, score in rows if student in GRADED}


def verdicts(course: Course, student: str) -> list[tuple[str, str, float, str]]:
    record = load_record(course.autograded(student, "tiny"))
    assert record is not None
    return [(check.grade_id, check.verdict, check.points, check.message) for check in record.checks]


@pytest.fixture
def graded(fresh: Course) -> Course:
    """The class, graded by `grading autograde`."""
    autograde(fresh, fresh.assignment("tiny"), [*GRADED, "s08"], workers=2)
    return fresh


@pytest.fixture
def other(class_course: Course, tmp_path: Path) -> Course:
    """The same class, to be graded by another entrance."""
    shutil.copytree(class_course.root, tmp_path / "other")
    return Course(tmp_path / "other")


def test_nbgrader_autograde_gives_the_same_grades(graded: Course, other: Course) -> None:
    command = [str(Path(sys.executable).with_name("nbgrader")), "autograde", "tiny"]
    done = subprocess.run(command, cwd=other.root, capture_output=True, text=True, timeout=120, check=False)
    assert "s08" in done.stderr  # it cannot be read, and nbgrader says so
    assert done.stderr.count("There was an error processing assignment") == 2, done.stderr
    assert scores(other) == scores(graded)
    assert len(scores(graded)) == 7 * 4
    for student in GRADED:
        assert verdicts(other, student) == verdicts(graded, student)
        name = f"autograded/{student}/tiny/tiny.ipynb"
        ours, theirs = (json.loads((course.root / name).read_text()) for course in (graded, other))
        assert [cell.get("outputs") for cell in ours["cells"]] == [cell.get("outputs") for cell in theirs["cells"]]
    assert load_record(other.autograded("s08", "tiny")) is None


def test_the_formgraders_button_gives_the_same_grades(graded: Course, other: Course) -> None:
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(other.root)).load_config())
    api = NbGraderAPI(config=config)
    for student in GRADED[:3]:
        result = api.autograde("tiny", student)  # what the button calls
        assert result["success"], result["error"]
        assert verdicts(other, student) == verdicts(graded, student)
    told = api.autograde("tiny", "s08")
    assert not told["success"]
    wanted = {key: score for key, score in scores(graded).items() if key[0] in GRADED[:3]}
    assert {key: score for key, score in scores(other).items() if score is not None} == wanted


def test_grading_check_gives_the_same_verdicts(graded: Course) -> None:
    for student in GRADED[:3]:
        notebook = graded.submitted(student, "tiny") / "tiny.ipynb"
        result = CliRunner().invoke(main, ["--course", str(graded.root), "check", str(notebook)])
        record = json.loads(result.stdout)
        found = [(check["grade_id"], check["verdict"], check["points"], check["message"]) for check in record["checks"]]
        assert found == verdicts(graded, student)


def test_without_a_sandbox_nbgrader_refuses_or_says_so(other: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.sandbox.missing", lambda: "There is no sandbox here.")
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(other.root)).load_config())
    refused = NbGraderAPI(config=config).autograde("tiny", "s01")
    assert not refused["success"]
    assert "There is no sandbox here." in refused["log"]
    config.GradeSubmission.sandbox = False
    assert NbGraderAPI(config=config).autograde("tiny", "s01")["success"]
    record = load_record(other.autograded("s01", "tiny"))
    assert record is not None
    assert record.sandbox == "none"
