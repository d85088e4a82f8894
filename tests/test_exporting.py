"""The options of the export: which files come out, what a person is told, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grading.course import Course
from grading.errors import GradingError
from grading.exporting import Exported, Wish, export, write_exported
from grading.results import Result, State
from grading.scoring import CheckResult

TINY = Course(Path(__file__).with_name("tiny_course")).assignment("tiny")
CHECKS = tuple(CheckResult(c.grade_id, c.title, c.function, "passed", c.points, c.points, "") for c in TINY.grade_cells)
S01 = Result("s01", "tiny", State.GRADED, 5.0, CHECKS)
S02 = Result("s02", "tiny", State.NEEDS_A_PERSON, 5.0, reason="Not graded yet.")
S03 = Result("s03", "tiny", State.NOT_SUBMITTED, 5.0, reason="Nothing was handed in.")
CANVAS = "Student,ID,SIS Login ID,Section,Tiny (7)\nPoints Possible,,,,5\nA,1,s01,,\nB,2,s02,,\nC,3,s03,,\n"


@pytest.mark.parametrize("name", ["csv", "junit", "markdown", "moodle"])
def test_a_table_is_one_file_and_names_who_needs_a_person(name: str) -> None:
    exported = export(TINY, [S01, S02, S03], Wish(name))
    assert list(exported.files) == [""]
    assert b"s01" in exported.files[""]
    assert exported.notes == ("Without a score, and left to a person: s02.",)
    assert exported.needs_a_person


def test_a_class_with_all_its_scores_needs_nobody() -> None:
    exported = export(TINY, [S01, S03], Wish("csv"))
    assert (exported.notes, exported.needs_a_person) == ((), False)


def test_students_can_be_named_and_must_be_known() -> None:
    exported = export(TINY, [S01, S02], Wish("csv", ("s01",)))
    assert b"s02" not in exported.files[""]
    assert not exported.needs_a_person
    with pytest.raises(GradingError, match=r"Nothing is known of s77 in tiny\."):
        export(TINY, [S01], Wish("csv", ("s77", "s01")))


def test_a_class_in_which_nobody_has_handed_in_is_said_to_be_so() -> None:
    with pytest.raises(GradingError, match="Nobody has handed in tiny yet"):
        export(TINY, [S03], Wish("csv"))


def test_moodle_takes_the_heading_of_the_students_from_the_options() -> None:
    assert export(TINY, [S01], Wish("moodle")).files[""].startswith(b"Username,")
    assert export(TINY, [S01], Wish("moodle", match="Email address")).files[""].startswith(b"Email address,")


def test_gradescope_gets_a_file_for_each_student_with_a_score() -> None:
    exported = export(TINY, [S01, S02, replace(S01, student="s04")], Wish("gradescope"))
    assert list(exported.files) == ["s01/results.json", "s04/results.json"]
    assert exported.notes == ("Without a score, and left to a person: s02.",)
    alone = export(TINY, [S01, S02], Wish("gradescope", ("s01",)))
    assert json.loads(alone.files[""])["score"] == 5.0
    with pytest.raises(GradingError, match="s02 has no score: Not graded yet"):
        export(TINY, [S01, S02], Wish("gradescope", ("s02",)))


def test_canvas_needs_its_own_file(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match="name the file with --into"):
        export(TINY, [S01], Wish("canvas"))
    (tmp_path / "canvas.csv").write_text(CANVAS)
    exported = export(TINY, [S01, S02, S03], Wish("canvas", into=tmp_path / "canvas.csv"))
    assert exported.files[""] == CANVAS.replace("s01,,", "s01,,5").encode()
    assert exported.notes == ("Without a score, and left to a person: s02.",)


def test_students_who_do_not_match_those_of_canvas_are_named(tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS.replace("s01", "EX1"))
    exported = export(TINY, [S01], Wish("canvas", into=tmp_path / "canvas.csv"))
    assert exported.needs_a_person
    assert exported.notes == (
        "Here and not in Canvas's file: s01.",
        "In Canvas's file and not here: EX1, s02, s03.",
        "No student was found in 'Tiny (7)': see --match.",
    )


def test_files_are_written_where_they_should_and_never_over_the_one_of_canvas(tmp_path: Path) -> None:
    exported = Exported({"": b"new"}, (), needs_a_person=False)
    assert write_exported(exported, tmp_path / "a" / "b.csv") == [tmp_path / "a" / "b.csv"]
    assert (tmp_path / "a" / "b.csv").read_bytes() == b"new"
    canvas = tmp_path / "canvas.csv"
    canvas.write_text(CANVAS)
    with pytest.raises(GradingError, match="is Canvas's own file, and stays as it is"):
        write_exported(exported, tmp_path / "a" / ".." / "canvas.csv", canvas)
    assert canvas.read_text() == CANVAS
    several = Exported({"s01/results.json": b"1", "s02/results.json": b"2"}, (), needs_a_person=False)
    write_exported(several, tmp_path / "all")
    assert (tmp_path / "all" / "s02" / "results.json").read_bytes() == b"2"
    with pytest.raises(GradingError, match=r"canvas\.csv.* cannot be written"):
        write_exported(several, canvas)
