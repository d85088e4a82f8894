"""Each format as the program that reads it sees it, and what a hostile name or message cannot do there."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.course import Course
from grading.exports import harmless, number, to_csv, to_gradescope, to_junit, to_markdown, to_moodle
from grading.results import Result, State
from grading.scoring import CheckResult

TINY = Course(Path(__file__).with_name("tiny_course")).assignment("tiny")
CANNOT_BE_READ = Result("s08", "tiny", State.NEEDS_A_PERSON, 5.0, reason="Cannot be read: tiny.ipynb is empty.")
ABSENT = Result("s09", "tiny", State.NOT_SUBMITTED, 5.0, reason="Nothing was handed in.")
HOSTILE = st.text(st.sampled_from("=+-@\uff1d\t\r\n ;,|\"'a1\ufeff\u200b\x00\ud800"), max_size=12)
VERDICTS = {  # as the schema of the record lists them
    "passed": None,
    "failed": "failure",
    "partial": "failure",
    "not_implemented": "failure",
    "error": "error",
    "timeout": "error",
    "memory_exceeded": "error",
    "output_exceeded": "error",
    "process_died": "error",
    "not_reached": "skipped",
}


def graded(student: str = "s01", verdict: str = "passed", message: str = "It is not.") -> Result:
    """Return a student whose first check has this verdict, and whose others have passed."""
    checks = [CheckResult(c.grade_id, c.title, c.function, "passed", c.points, c.points, "") for c in TINY.grade_cells]
    if verdict != "passed":
        first = TINY.grade_cells[0]
        points = 0.5 if verdict == "partial" else 0.0
        checks[0] = CheckResult(first.grade_id, first.title, "scale", verdict, points, 2.0, message, hint="Look.")
    return Result(student, "tiny", State.GRADED, 5.0, tuple(checks), seconds=1.25)


def rows_of(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet runs a cell; a negative number is none."""
    return bool(re.match(r"[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)


@pytest.mark.parametrize(
    ("points", "cell"),
    [
        (None, ""),
        (0.0, "0"),
        (-0.0, "0"),
        (18.0, "18"),
        (0.1 + 0.2, "0.3"),
        (2 / 3, "0.666667"),
        (1234567.5, "1234567.5"),
    ],
)
def test_points_are_written_without_noise_and_none_is_empty(points: float | None, cell: str) -> None:
    assert number(points) == cell


def test_csv_has_a_row_a_student_with_points_of_functions_and_checks() -> None:
    first, second, third = table(to_csv(TINY, [graded(verdict="partial"), CANNOT_BE_READ, ABSENT]))
    assert (first["student"], first["state"], first["points"], first["max_points"]) == ("s01", "graded", "3.5", "5")
    assert (first["scale"], first["roll"], first["scale_multiplies"], first["roll_counts"]) == ("1.5", "2", "0.5", "1")
    assert (second["state"], second["reason"]) == ("needs_a_person", "Cannot be read: tiny.ipynb is empty.")
    assert third["state"] == "not_submitted"
    for row in (second, third):
        assert {row[name] for name in ("points", "scale", "roll", "scale_multiplies", "roll_shows_a_die")} == {""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'=1+1"),
        ("\t@SUM(A1)", "'@SUM(A1)"),
        ("\r\n-2+3", "'-2+3"),
        ("\ufeff+1", "'+1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1+1", "a;'=1+1"),
        ('a,"=1+1"', 'a,"\'=1+1"'),
        ("s-01@school", "s-01@school"),
        ("plain text", "plain text"),
        ("\udcff.txt", "?.txt"),
    ],
)
def test_what_a_spreadsheet_would_run_becomes_text(text: str, expected: str) -> None:
    assert harmless(text) == expected


@given(student=HOSTILE, reason=HOSTILE)
def test_no_cell_is_a_formula_whatever_separator_the_program_takes(student: str, reason: str) -> None:
    pending = Result(student, "tiny", State.NEEDS_A_PERSON, 5.0, reason=reason)
    for text in (to_csv(TINY, [pending, graded(student)]), to_moodle(TINY, [graded(student, "failed", reason)])):
        text.encode()
        for separator in ",;\t|":
            assert [cell for row in rows_of(text, separator) for cell in row if is_formula(cell)] == []


@given(texts=st.lists(HOSTILE, min_size=1, max_size=4))
def test_a_hostile_text_adds_no_row_and_no_cell(texts: Sequence[str]) -> None:
    rows = rows_of(to_csv(TINY, [Result(text, "tiny", State.NEEDS_A_PERSON, 5.0, reason=text) for text in texts]))
    assert len(rows) == 1 + len(texts)
    assert {len(row) for row in rows} == {len(rows[0])}


def test_negative_points_stay_a_number() -> None:
    check = CheckResult("scale_multiplies", "t", "scale", "failed", -1.0, 2.0, "m")
    (row,) = table(to_csv(TINY, [Result("s01", "tiny", State.GRADED, 5.0, (check,))]))
    assert row["scale_multiplies"] == "-1"


def test_moodle_gets_points_and_feedback_of_those_who_have_a_score() -> None:
    text = to_moodle(TINY, [graded(), graded("s02", "failed", "a < b"), CANNOT_BE_READ, ABSENT], "ID number")
    assert rows_of(text) == [
        ["ID number", "tiny", "tiny feedback"],
        ["s01", "5", "5 of 5 points."],
        ["s02", "3", "3 of 5 points. scale: a &lt; b"],
    ]


def test_gradescope_gets_the_fields_that_it_documents() -> None:
    content = json.loads(to_gradescope(graded(verdict="partial")))
    documented = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format"}
    documented |= {"visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}
    of_tests = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"}
    of_tests |= {"visibility", "extra_data"}
    assert set(content) <= documented
    assert content["score"] == sum(test["score"] for test in content["tests"]) == 3.5
    assert content["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    for test in content["tests"]:
        assert set(test) <= of_tests
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    first, second, *_ = content["tests"]
    assert first["name"] == "scale: Every entry is multiplied"
    assert (first["score"], first["max_score"], first["output"]) == (0.5, 2.0, "It is not.\nLook.")
    assert (first["status"], second["status"]) == ("failed", "passed")


def test_the_score_for_gradescope_is_the_one_after_a_penalty() -> None:
    late = Result("s01", "tiny", State.GRADED, 5.0, graded().checks, penalty=1.5)
    assert json.loads(to_gradescope(late))["score"] == 3.5


@pytest.mark.parametrize(("verdict", "element"), VERDICTS.items())
def test_junit_has_a_case_a_check_that_ends_as_its_verdict_says(verdict: str, element: str | None) -> None:
    root = ElementTree.fromstring(to_junit(TINY, [graded(verdict=verdict)]))
    (suite,) = root
    cases = suite.findall("testcase")
    assert [case.get("classname") for case in cases] == ["tiny.scale", "tiny.scale", "tiny.roll", "tiny.roll"]
    assert [child.tag for child in cases[0]] == ([element] if element else [])
    assert [list(case) for case in cases[1:]] == [[], [], []]
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(attribute) == root.get(attribute) == str(int(tag == element))
    assert suite.get("tests") == root.get("tests") == "4"


def test_junit_shows_who_needs_a_person_as_an_error_and_who_is_absent_as_skipped() -> None:
    pending, absent = ElementTree.fromstring(to_junit(TINY, [CANNOT_BE_READ, ABSENT]))
    (error,) = pending.findall("testcase/error")
    assert error.get("message") == "Cannot be read: tiny.ipynb is empty."
    assert len(absent.findall("testcase/skipped")) == 1
    values = {one.get("name"): one.get("value") for one in pending.findall("properties/property")}
    assert values == {"state": "needs_a_person", "points": "", "max_points": "5"}


@given(text=st.text(st.characters(), max_size=30))
def test_junit_is_xml_whatever_a_student_writes(text: str) -> None:
    root = ElementTree.fromstring(to_junit(TINY, [graded(f"s{text}", "failed", text)]).encode())
    assert len(root.findall("testsuite/testcase")) == 4


def test_markdown_has_a_table_and_a_state_in_the_place_of_missing_points() -> None:
    lines = to_markdown(TINY, [graded(verdict="failed"), CANNOT_BE_READ]).splitlines()
    assert lines[0] == "| Student | scale | roll | Points | First thing to look at |"
    assert lines[2] == "| s01 | 1 | 2 | 3/5 | scale: It is not. |"
    assert lines[3] == "| s08 | – | – | **needs a person** | Cannot be read: tiny.ipynb is empty. |"
    assert lines[-1] == "1 of 2 students have a score."


@given(text=st.text(st.sampled_from("|`\\*_[]()<>&!@#~$:/\n\ta1"), min_size=1, max_size=20))
def test_markdown_of_a_student_has_no_structure(text: str) -> None:
    lines = to_markdown(TINY, [graded("s01", "failed", text)]).splitlines()
    assert len(lines) == 5
    row = lines[2]
    assert row.count("|") == lines[0].count("|")
    cell = row.split("|")[5].removeprefix(" <code>").removesuffix("</code> ")
    assert not set(cell) & set("`\\*_[]<>!@~$")
    assert "://" not in cell
