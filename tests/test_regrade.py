"""After a change of the checks: only what it can touch gets new results, and nothing is written before it is shown."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from grading.autograde import autograde, course_task
from grading.cli import main
from grading.course import Course
from grading.job import grade_one
from grading.plan import make_plan
from grading.regrade import Due, find_changed
from grading.release import build_release
from grading.report import load_record
from grading.submission import HandedIn, collect_submission

STUDENTS = [f"s{number:02}" for number in range(1, 8)]  # the file of s08 cannot be read
STRICTER = 'assert len(roll(17)) == 17, "With another count'
IMPOSSIBLE = 'assert len(roll(17)) == 18, "With another count'


@pytest.fixture(scope="module")
def graded_class(class_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small class, graded."""
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(class_course.root, root)
    course = Course(root)
    autograde(course, course.assignment("tiny"), STUDENTS, workers=2)
    return course


@pytest.fixture
def graded(graded_class: Course, tmp_path: Path) -> Course:
    """A copy of that course that one test has to itself."""
    shutil.copytree(graded_class.root, tmp_path / "course")
    return Course(tmp_path / "course")


def edit(course: Course, grade_id: str, old: str, new: str) -> None:
    """Change the source of one cell of the assignment."""
    path = course.assignment("tiny").source
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def edit_cells(course: Course, change: Any) -> None:
    """Change the list of cells of the assignment, and release it."""
    path = course.assignment("tiny").source
    notebook = nbformat.read(path, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, path)
    build_release(course, course.assignment("tiny"))


def run(course: Course, *options: str) -> Result:
    arguments = ["--course", str(course.root), "autograde", "tiny", *options, "--workers", "2", *STUDENTS]
    return CliRunner().invoke(main, arguments)


def content(course: Course) -> dict[str, bytes]:
    return {path.relative_to(course.root).as_posix(): path.read_bytes() for path in course.root.rglob("*.*")}


def grades(course: Course) -> dict[str, dict[str, float | None]]:
    """What the gradebook has for each student and check."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        return {
            student: {
                grade.name: grade.auto_score
                for grade in gradebook.find_submission_notebook("tiny", "tiny", student).grades
            }
            for student in STUDENTS
        }


def results(course: Course) -> dict[str, Any]:
    """Records without their times, notebooks without IPython's own numbers of cells, and grades."""
    found: dict[str, Any] = {"grades": grades(course)}
    for student in STUDENTS:
        folder = course.autograded(student, "tiny")
        record = json.loads((folder / "record.json").read_text())
        for check in record["checks"]:
            if check["grade_id"] == "roll_counts":  # rolls without a seed, so how far off a result is changes
                check["hint"] = ""
        notebook = re.sub(r"Cell In\[\d+\]|ipython-input-\d+", "cell", (folder / "tiny.ipynb").read_text())
        found[student] = {**record, "seconds": None}, json.loads(notebook)
    return found


def mark(course: Course, student: str) -> None:
    """Write a word of ours into every result and output that was there before."""
    folder = course.autograded(student, "tiny")
    record = json.loads((folder / "record.json").read_text())
    for check in record["checks"]:
        check["message"] = "from before"
    (folder / "record.json").write_text(json.dumps(record))
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="from before")]
    nbformat.write(notebook, folder / "tiny.ipynb")


def test_only_the_check_that_has_changed_gets_new_results(graded: Course) -> None:
    for student in STUDENTS:
        mark(graded, student)
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    result = run(graded, "--changed")
    assert result.exit_code == 0, result.output
    for student in STUDENTS:
        record = load_record(graded.autograded(student, "tiny"))
        assert record is not None
        fresh = {check.grade_id for check in record.checks if check.message != "from before"}
        assert fresh == {"roll_counts"}
        notebook = nbformat.read(graded.autograded(student, "tiny") / "tiny.ipynb", as_version=4)
        renewed = {cell.id for cell in notebook.cells if "outputs" in cell and "from before" not in str(cell.outputs)}
        assert renewed == {"roll_counts"}
        assert IMPOSSIBLE in next(cell.source for cell in notebook.cells if cell.id == "roll_counts")


def test_the_table_names_who_changes_and_says_how_many_stay(graded: Course) -> None:
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    before = content(graded)
    result = run(graded, "--changed", "--dry-run")
    assert result.exit_code == 1, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["s01", "roll_counts", "1", "0", "4", "3"] in lines
    assert [words[0] for words in lines if "roll_counts" in words] == ["s01", "s04", "s07"]  # the others fail anyway
    assert "7 of 7 submissions were run. The points of 3 change, those of 4 stay." in result.output
    assert content(graded) == before


def test_without_a_change_nothing_runs_and_the_exit_code_is_zero(graded: Course) -> None:
    before = content(graded)
    for options in (["--changed", "--dry-run"], ["--changed"], ["--dry-run"]):
        result = run(graded, *options)
        assert result.exit_code == 0, result.output
        assert "0 of 7 submissions were run. The points of 0 change, those of 7 stay." in result.output
    assert content(graded) == before


def test_a_dry_run_with_force_runs_everything_and_changes_nothing(graded: Course) -> None:
    before = content(graded)
    result = run(graded, "--force", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "7 of 7 submissions were run. The points of 0 change" in result.output
    assert content(graded) == before


def change_a_test(course: Course) -> None:
    edit(course, "scale_multiplies", "[3.0, 6.0]), ", "[3.0, 7.0]), ")


def change_points(course: Course) -> None:
    def give_more(cells: list[Any]) -> None:
        cells[5].metadata.nbgrader.points = 4

    edit_cells(course, give_more)


def add_a_check(course: Course) -> None:
    def add(cells: list[Any]) -> None:
        cell = new_code_cell("# Nothing is left out\nassert len(scale(np.ones(4), 1.0)) == 4\n'seen'", id="scale_all")
        cell.metadata.nbgrader = {**cells[4].metadata.nbgrader, "grade_id": "scale_all", "points": 1}
        cells.insert(5, cell)

    edit_cells(course, add)


def remove_a_check(course: Course) -> None:
    edit_cells(course, lambda cells: cells.pop(4))


CHANGES = [change_a_test, change_points, add_a_check, remove_a_check]


@pytest.mark.parametrize("change", CHANGES)
def test_a_regrade_gives_what_grading_everything_gives(graded: Course, tmp_path: Path, change: Any) -> None:
    change(graded)
    whole = Course(tmp_path / "whole")
    shutil.copytree(graded.root, whole.root)
    autograde(whole, whole.assignment("tiny"), STUDENTS, workers=2)
    result = run(graded, "--changed")
    assert result.exit_code == 0, result.output
    assert results(graded) == results(whole)
    assert "0 of 7 submissions were run." in run(graded, "--changed").output


def touched(course: Course) -> Due:
    assignment = course.assignment("tiny")
    return find_changed(course, assignment, STUDENTS, course_task(course, assignment))


def test_a_locked_cell_or_a_released_file_touches_all_checks(graded: Course) -> None:
    assert touched(graded) == Due()
    edit(graded, "setup", "SIDES = 6", "SIDES = 8")
    assert touched(graded) == Due(tuple(STUDENTS))
    edit(graded, "setup", "SIDES = 8", "SIDES = 6")
    assert touched(graded) == Due()
    (graded.release("tiny") / "names.txt").write_text("a name\n")
    assert touched(graded) == Due(tuple(STUDENTS))


def test_what_students_write_and_read_touches_no_check(graded: Course) -> None:
    edit(graded, "scale_solution", "values *= factor", "values[...] = factor * values")
    edit(graded, "roll_solution", "Roll a die", "Roll a die often")
    assert touched(graded) == Due()


def test_a_change_touches_the_later_checks_that_use_its_names(graded: Course) -> None:
    edit(graded, "roll_shows_a_die", "results = roll(60)", "results = roll(len(given) * 30)")
    build_release(graded, graded.assignment("tiny"))
    run(graded, "--changed")
    plan = make_plan(graded.assignment("tiny"), {})
    assert plan.uses["roll_shows_a_die"] == ("scale_works_in_place",)
    edit(graded, "scale_works_in_place", "np.ones(shape)", "np.ones(shape) + 0")
    assert set(touched(graded).changed["s01"]) == {"scale_works_in_place", "roll_shows_a_die"}


def test_nothing_behind_the_last_changed_check_runs(graded: Course) -> None:
    assignment = graded.assignment("tiny")
    task = course_task(graded, assignment)
    handed_in = collect_submission(graded.submitted("s01", "tiny"), "s01", "tiny")
    assert isinstance(handed_in, HandedIn)
    wanted = frozenset({"scale_multiplies"})
    narrow = type(task)(**{**vars(task), "plan": type(task.plan)(**{**vars(task.plan), "wanted": wanted})})
    notebook = nbformat.reads(grade_one(narrow, handed_in).notebook, as_version=4)
    counts = {cell.id: cell.execution_count for cell in notebook.cells if cell.cell_type == "code"}
    assert counts["scale_multiplies"] == 4
    assert {counts[name] for name in ("scale_works_in_place", "roll_solution", "roll_counts")} == {None}


def test_scores_and_comments_given_by_hand_stay_and_the_table_says_so(graded: Course) -> None:
    with Gradebook(f"sqlite:///{graded.root / 'gradebook.db'}") as gradebook:
        for grade_id, student in (("roll_counts", "s01"), ("scale_multiplies", "s04")):
            gradebook.find_grade(grade_id, "tiny", "tiny", student).manual_score = 0.5
            gradebook.find_grade(grade_id, "tiny", "tiny", student).needs_manual_grade = False
        gradebook.find_grade("roll_counts", "tiny", "tiny", "s04").extra_credit = 0.25
        gradebook.find_comment("roll_solution", "tiny", "tiny", "s01").manual_comment = "Well rolled."
        gradebook.db.commit()
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    result = run(graded, "--changed")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "s01 roll_counts 1 0 3.5 3.5 0.5 given by hand: that counts" in lines
    assert "s04 roll_counts 1 0 2.5 1.5" in lines
    with Gradebook(f"sqlite:///{graded.root / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("roll_counts", "tiny", "tiny", "s01")
        assert (grade.auto_score, grade.manual_score, grade.score) == (0, 0.5, 0.5)
        assert grade.needs_manual_grade  # the points beneath have changed: somebody should look again
        assert not gradebook.find_grade("scale_multiplies", "tiny", "tiny", "s04").needs_manual_grade
        assert gradebook.find_grade("roll_counts", "tiny", "tiny", "s04").score == 0.25
        assert gradebook.find_comment("roll_solution", "tiny", "tiny", "s01").comment == "Well rolled."


def test_new_checks_keep_scores_given_by_hand(graded: Course) -> None:
    with Gradebook(f"sqlite:///{graded.root / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("roll_counts", "tiny", "tiny", "s01").manual_score = 0.5
        gradebook.db.commit()
    add_a_check(graded)
    assert run(graded, "--changed").exit_code == 0
    with Gradebook(f"sqlite:///{graded.root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_grade("roll_counts", "tiny", "tiny", "s01").score == 0.5
        assert gradebook.find_grade("scale_all", "tiny", "tiny", "s01").score == 1
        assert gradebook.find_submission("tiny", "s01").max_score == 6


def test_a_check_with_scores_given_by_hand_cannot_be_removed(graded: Course) -> None:
    with Gradebook(f"sqlite:///{graded.root / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("scale_multiplies", "tiny", "tiny", "s03").manual_score = 0.0
        gradebook.db.commit()
    path = graded.assignment("tiny").source
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[4]
    nbformat.write(notebook, path)
    result = CliRunner().invoke(main, ["--course", str(graded.root), "release", "tiny"])
    assert result.exit_code == 3
    assert "The cell 'scale_multiplies' is gone from" in result.output
    assert "scores or comments to it: s03." in result.output


def test_checks_that_are_not_released_are_refused_before_anything_runs(graded: Course) -> None:
    path = graded.assignment("tiny").source
    path.write_text(path.read_text().replace('"points": 2', '"points": 3', 1))
    before = content(graded)
    result = run(graded, "--changed")
    assert result.exit_code == 3
    assert "have changed since it was released" in result.output
    assert run(graded, "--changed", "--dry-run").exit_code == 1  # that is allowed: it writes nothing
    assert content(graded) == before


def test_a_record_without_fingerprints_is_graded_as_a_whole(graded: Course) -> None:
    path = graded.autograded("s01", "tiny") / "record.json"
    record = json.loads(path.read_text())
    del record["fingerprints"]
    path.write_text(json.dumps(record))
    assert touched(graded) == Due(("s01",))


def test_what_was_handed_in_anew_is_graded_as_a_whole(graded: Course) -> None:
    (graded.submitted("s01", "tiny") / "timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    due = touched(graded)
    assert due.whole == ("s01",)
    assert list(due.changed) == STUDENTS[1:]


def test_a_submission_that_is_not_the_one_that_was_graded_is_graded_as_a_whole(graded: Course) -> None:
    shutil.copyfile(graded.submitted("s01", "tiny") / "tiny.ipynb", graded.submitted("s02", "tiny") / "tiny.ipynb")
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    result = run(graded, "--changed")
    assert result.exit_code == 0, result.output
    first, second = (load_record(graded.autograded(student, "tiny")) for student in ("s02", "s01"))
    assert first is not None
    assert second is not None
    assert [check.points for check in first.checks] == [check.points for check in second.checks]


def test_a_fault_of_ours_never_takes_the_place_of_a_grade(graded: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(graded, "roll_counts", STRICTER, IMPOSSIBLE)
    before = content(graded)
    monkeypatch.setattr("grading.job._grade_packed", max)  # a bug of ours, in a worker
    result = run(graded, "--changed")
    assert result.exit_code == 1
    assert "s01, grader error: The grader failed on this submission (TypeError" in result.output
    assert content(graded) == before


def test_a_regrade_that_is_killed_while_it_writes_is_finished_by_the_next(graded: Course, tmp_path: Path) -> None:
    change_a_test(graded)
    whole = Course(tmp_path / "whole")
    shutil.copytree(graded.root, whole.root)
    assert run(whole, "--changed").exit_code == 0
    stamps = {student: (graded.autograded(student, "tiny") / "record.json").stat().st_ino for student in STUDENTS}

    def written() -> int:
        paths = [graded.autograded(student, "tiny") / "record.json" for student in STUDENTS]
        return sum(path.is_file() and path.stat().st_ino != stamps[path.parent.parent.name] for path in paths)

    command = [str(Path(sys.executable).with_name("grading")), "autograde", "tiny", "--changed", *STUDENTS]
    process = subprocess.Popen(command, cwd=graded.root, stdout=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 60
    while written() < 2 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.0005)  # a poll, not a wait for something to have happened
    assert process.poll() is None, "It has ended before it could be killed."
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert run(graded, "--changed").exit_code == 0
    assert results(graded) == results(whole)
