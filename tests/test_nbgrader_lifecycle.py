"""Every command of nbgrader in a plain clone, as the people of a course type them, one after the other."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading.autograde import autograde
from grading.course import Course
from grading.feedback import write_feedback
from grading.report import load_record
from grading.submission import Submission
from grading.variants import compose

ASSIGNMENT = "dinosaur_island"
UPPER_BOUND_ONLY = """\
# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    return {name: np.minimum(array, maxValue) for name, array in gradients.items()}
"""


def nbgrader(course: Course, *arguments: str) -> str:
    """Run one command as a user without an activated environment does; it must succeed."""
    command = [str(Path(sys.executable).with_name("nbgrader")), *arguments]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def clone(repository: Course, tmp_path: Path) -> Course:
    """What git would give a user: the tracked files and no others."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        target = tmp_path / "clone" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository.root / name, target)
    return Course(tmp_path / "clone")


def test_the_whole_life_of_an_assignment(clone: Course, release: Submission) -> None:
    assignment = clone.assignment(ASSIGNMENT)
    nbgrader(clone, "generate_assignment", ASSIGNMENT, "--force")
    nbgrader(clone, "release_assignment", ASSIGNMENT)
    nbgrader(clone, "fetch_assignment", ASSIGNMENT)
    fetched = clone.root / "workspace" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert "NotImplementedError" in nbgrader(clone, "validate", str(fetched))

    solved = compose(release.notebook, assignment, {"clip": UPPER_BOUND_ONLY})
    fetched.write_text(json.dumps(solved), encoding="utf-8")
    assert "VALIDATION FAILED ON 1 CELL" in nbgrader(clone, "validate", str(fetched)).upper()

    nbgrader(clone, "submit", ASSIGNMENT)
    nbgrader(clone, "collect", ASSIGNMENT)
    (student,) = clone.students(ASSIGNMENT)
    nbgrader(clone, "autograde", ASSIGNMENT)
    nbgrader(clone, "generate_feedback", ASSIGNMENT)
    nbgrader(clone, "release_feedback", ASSIGNMENT)
    nbgrader(clone, "fetch_feedback", ASSIGNMENT)
    nbgrader(clone, "export")

    (row,) = csv.DictReader((clone.root / "grades.csv").read_text().splitlines())
    assert (row["student_id"], float(row["score"]), float(row["max_score"])) == (student, 18, 20)
    page = (clone.feedback(student, ASSIGNMENT) / f"{ASSIGNMENT}.html").read_text()
    assert "still holds a value below -maxValue = -10." in page
    assert "HIDDEN TESTS" not in page
    record = load_record(clone.autograded(student, ASSIGNMENT))
    assert record is not None
    write_feedback(clone, assignment, [record])
    assert (clone.feedback(student, ASSIGNMENT) / f"{ASSIGNMENT}.html").read_text() == page  # the command's page
    (released,) = (fetched.parent / "feedback").rglob("*.html")
    assert released.read_text() == page

    (record,) = autograde(clone, assignment, [student], workers=1)
    assert record.points == 18  # the command gives what nbgrader gives

    tracked = subprocess.run(
        ["git", "-C", str(Course.find(Path(__file__).parent).root), "check-ignore", "--stdin"],
        input="\n".join(path.relative_to(clone.root).as_posix() for path in _made(clone)),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
    ).stdout.splitlines()
    assert sorted(tracked) == sorted(path.relative_to(clone.root).as_posix() for path in _made(clone))


def _made(clone: Course) -> list[Path]:
    """Return some of what the commands have made; git must ignore all of it."""
    folders = ("submitted", "autograded", "feedback", "exchange", "workspace")
    made = [path for folder in folders for path in (clone.root / folder).rglob("*") if path.is_file()]
    return [path for path in [*made, clone.root / "gradebook.db", clone.root / "grades.csv"] if path.name != ".gitkeep"]


def test_a_config_that_cannot_be_used_stops_nbgrader(clone: Course) -> None:
    """Otherwise nbgrader would go on without it, and show hidden tests in the feedback."""
    config = clone.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("import FeedbackPage", "import NoSuchName"))
    command = [str(Path(sys.executable).with_name("nbgrader")), "generate_feedback", ASSIGNMENT]
    done = subprocess.run(command, cwd=clone.root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "nbgrader_config.py needs the package `grading`" in done.stderr
