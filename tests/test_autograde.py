"""From submitted/ to the gradebook: the whole way, with the submissions of a small class."""

import json
import operator
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook, MissingEntry

from grading.autograde import autograde, ungraded
from grading.cli import main
from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.report import load_record
from grading.submission import Submission
from grading.variants import REFERENCE, compose

BROKEN = Path(__file__).with_name("broken_submissions")
UPPER_BOUND_ONLY = """\
# GRADED FUNCTION: clip
def clip(gradients, maxValue):
    return {name: np.minimum(array, maxValue) for name, array in gradients.items()}
"""


def hand_in(
    course: Course, student: str, release: Submission, assignment: Assignment, solutions: Mapping[str, str]
) -> Path:
    folder = course.submitted(student, assignment.name)
    shutil.copytree(course.release(assignment.name), folder)
    path = folder / f"{assignment.name}.ipynb"
    path.write_text(nbformat.writes(compose(release.notebook, assignment, solutions)), encoding="utf-8")
    return path


def run(course: Course, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--course", str(course.root), *arguments])


def scores(course: Course, students: list[str]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        for student in students:
            try:
                found[student] = gradebook.find_submission("dinosaur_island", student).score
            except MissingEntry:
                found[student] = None
    return found


def test_broken_submissions_get_a_sentence_and_the_others_are_graded(
    course: Course, assignment: Assignment, release: Submission
) -> None:
    hand_in(course, "s01", release, assignment, REFERENCE)
    duplicated = hand_in(course, "s02", release, assignment, {"clip": UPPER_BOUND_ONLY})
    notebook = json.loads(duplicated.read_text())
    check = next(cell for cell in notebook["cells"] if cell["id"] == "clip_keeps_what_lies_inside")
    notebook["cells"].insert(0, {**check, "id": "a-copy"})
    duplicated.write_text(json.dumps(notebook))
    sentences = {
        "not_json": "is not a notebook: its JSON is broken in line 1 of 1",
        "empty_folder": "there is no notebook at all",
        "missing_notebook": "there is only my_solution.ipynb",
        "not_utf8": "is not UTF-8 text: byte 37",
        "empty_file": "is empty",
        "no_notebook_at_heart": "is not a valid notebook",
    }
    stories = json.loads((BROKEN / "expected.json").read_text(encoding="utf-8"))
    for_this_one = [name for name, story in stories.items() if story.get("assignment") == assignment.name]
    assert sorted(for_this_one) == [f"unreadable/{name}" for name in sorted(sentences)]
    for name in sentences:
        shutil.copytree(BROKEN / "unreadable" / name, course.submitted(name, assignment.name))
    before = {path: path.read_bytes() for path in (course.root / "submitted").rglob("*") if path.is_file()}

    result = run(course, "autograde", assignment.name)

    assert result.exit_code == 1, result.output
    assert scores(course, ["s01", "s02"]) == {"s01": 20, "s02": 18}
    assert set(scores(course, list(sentences)).values()) == {None}
    for name, sentence in sentences.items():
        record = load_record(course.autograded(name, assignment.name))
        assert record is not None
        assert record.status == "unreadable"
        assert sentence in record.message
        assert f"{name}/dinosaur_island" in record.message
        assert sentence in " ".join(result.output.split())
    doubled = load_record(course.autograded("s02", assignment.name))
    assert doubled is not None
    assert "'clip_keeps_what_lies_inside' stands more than once" in doubled.notices[0]
    assert {path: path.read_bytes() for path in before} == before  # nothing that was handed in has changed

    again = run(course, "autograde", assignment.name, "s01", "not_json")
    assert again.exit_code == 1  # the broken one is tried again, the graded one is not
    assert "1 of 2 submissions are graded already" in again.output

    pages = run(course, "feedback", assignment.name)
    assert pages.exit_code == 0, pages.output
    page = (course.root / "feedback" / "dinosaur_island.html").read_text()
    for name in ("s01", "s02", *sentences):
        assert f'href="{name}/dinosaur_island/dinosaur_island.html"' in page
        assert (course.feedback(name, assignment.name) / "dinosaur_island.html").is_file()
    text = (course.feedback("s02", assignment.name) / "dinosaur_island.html").read_text()
    assert "still holds a value below -maxValue = -10." in text
    assert "HIDDEN TESTS" not in text
    assert "With another maxValue, {name}" not in text


def test_scores_and_comments_given_by_hand_survive_a_regrade(
    course: Course, assignment: Assignment, release: Submission
) -> None:
    path = hand_in(course, "s01", release, assignment, {"clip": UPPER_BOUND_ONLY})
    autograde(course, assignment, ["s01"], workers=1)
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("clip_respects_both_bounds", assignment.name, assignment.name, "s01")
        assert grade.auto_score == 0
        grade.manual_score = 1.5
        comment = gradebook.find_comment("clip_solution", assignment.name, assignment.name, "s01")
        comment.manual_comment = "Half of it is there."
        gradebook.db.commit()

    path.write_text(nbformat.writes(compose(release.notebook, assignment, REFERENCE)), encoding="utf-8")
    (record,) = autograde(course, assignment, ["s01"], workers=1)

    assert record.points == 20
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("clip_respects_both_bounds", assignment.name, assignment.name, "s01")
        assert (grade.auto_score, grade.manual_score, grade.score) == (2, 1.5, 1.5)
        assert grade.needs_manual_grade
        comment = gradebook.find_comment("clip_solution", assignment.name, assignment.name, "s01")
        assert comment.comment == "Half of it is there."


def test_only_what_is_new_is_graded_again(course: Course, assignment: Assignment, release: Submission) -> None:
    path = hand_in(course, "s01", release, assignment, {})
    timestamp = path.parent / "timestamp.txt"
    timestamp.write_text("2026-01-01 10:00:00 UTC")
    assert ungraded(course, assignment, ["s01"]) == ["s01"]
    autograde(course, assignment, ["s01"], workers=1)
    assert ungraded(course, assignment, ["s01"]) == []
    timestamp.write_text("2026-01-01 09:00:00 UTC")
    assert ungraded(course, assignment, ["s01"]) == []
    timestamp.write_text("2026-01-02 10:00:00 UTC")
    assert ungraded(course, assignment, ["s01"]) == ["s01"]
    timestamp.write_text("yesterday, I think")
    assert ungraded(course, assignment, ["s01"]) == []


def test_a_run_without_its_record_is_graded_again(course: Course, assignment: Assignment, release: Submission) -> None:
    hand_in(course, "s01", release, assignment, {})
    autograde(course, assignment, ["s01"], workers=1)
    (course.autograded("s01", assignment.name) / "record.json").write_text('{"student": "s01", "assign')
    assert ungraded(course, assignment, ["s01"]) == ["s01"]


def test_a_locked_gradebook_is_an_error_that_names_it(
    course: Course, assignment: Assignment, release: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "s01", release, assignment, {})
    monkeypatch.setattr("grading.gradebook.LOCK_SECONDS", 0.1)
    connection = sqlite3.connect(course.root / "gradebook.db")
    try:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GradingError, match=r"gradebook\.db cannot be used: .*locked"):
            autograde(course, assignment, ["s01"], workers=1)
    finally:
        connection.close()
    assert load_record(course.autograded("s01", assignment.name)) is None


def test_an_assignment_that_was_not_released_is_refused_with_the_command_to_run(
    course: Course, assignment: Assignment
) -> None:
    (course.root / "gradebook.db").unlink()
    with pytest.raises(GradingError, match=r"does not know the assignment 'dinosaur_island' yet\. Run: grading"):
        autograde(course, assignment, ["s01"], workers=1)
    shutil.rmtree(course.release(assignment.name))
    with pytest.raises(GradingError, match=r"release/dinosaur_island does not exist\. Run: grading release"):
        autograde(course, assignment, ["s01"], workers=1)


def test_checks_that_changed_since_the_release_are_refused(course: Course) -> None:
    source = course.assignment("dinosaur_island").source
    source.write_text(source.read_text().replace('"points": 2', '"points": 3', 1))
    with pytest.raises(GradingError, match="have changed since it was released"):
        autograde(course, course.assignment("dinosaur_island"), ["s01"], workers=1)


def test_a_fault_of_the_grader_is_no_score_and_is_tried_again(
    course: Course, assignment: Assignment, release: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "s01", release, assignment, {})
    monkeypatch.setattr("grading.job._grade_packed", operator.truediv)  # a bug of ours, in a worker
    (record,) = autograde(course, assignment, ["s01"], workers=1)
    assert record.status == "grader_error"
    assert "TypeError" in record.message
    assert "It will be tried again." in record.message
    assert scores(course, ["s01"]) == {"s01": None}
    assert ungraded(course, assignment, ["s01"]) == ["s01"]


def test_a_broken_course_is_a_fault_of_the_grader_and_not_of_the_student(
    course: Course, assignment: Assignment, release: Submission
) -> None:
    hand_in(course, "s01", release, assignment, REFERENCE)
    (course.release(assignment.name) / "utils" / "rnn.py").write_text("1 / 0")
    (record,) = autograde(course, assignment, ["s01"], workers=1)
    assert record.status == "grader_error"
    assert "the locked cell 'setup' fails: ZeroDivisionError division by zero" in record.message
    assert scores(course, ["s01"]) == {"s01": None}
