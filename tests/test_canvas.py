"""Canvas's own file with our scores in it: one column changes, and every other byte stays."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.canvas import Merged, merge_into_canvas, read_cells
from grading.errors import GradingError
from grading.results import Result, State
from grading.scoring import CheckResult

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Dinosaur Island (12),Final Score"
FILE = (
    f"\ufeff{HEAD}\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,10.00,20.00,(read only)\r\n"
    '"Anning, Mary",101,u1,s01,"Fossils, ""A""",7.50,,75.00\r\n'
    '"Mantell, G",102,u2,s02,"two\r\nlines",,3.00,\r\n'
    '"Owen, Richard",103,u3,s03,B,8.00,EX,80.00\r\n'
    '"Buckland, W",104,u4,s04,B,,,0.00\r\n'
    '"Cope, E",105,u5,s05,B,,N/A,0.00\r\n'
    '"Student, Test",199,,9f8e,B,,,\r\n'
)


def result(student: str, points: float | None) -> Result:
    checks = () if points is None else (CheckResult("c", "t", "f", "partial", points, 20.0, ""),)
    return Result(student, "dinosaur_island", State.NEEDS_A_PERSON if points is None else State.GRADED, 20.0, checks)


CLASS = [result("s01", 18.5), result("s02", None), result("s03", 20.0), result("s05", 1.0), result("s77", 3.0)]


def merge(content: str = FILE, results: list[Result] = CLASS, **options: object) -> Merged:
    return merge_into_canvas(content.encode(), results, **{"assignment": "dinosaur_island", **options})


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_only_the_cell_of_a_student_with_a_score_changes_and_every_other_byte_stays() -> None:
    assert merge().content == FILE.replace(",7.50,,75.00", ",7.50,18.5,75.00").encode()
    assert merge().content.count(b"18.5") == 1


def test_a_merged_file_merges_to_itself() -> None:
    once = merge().content
    assert merge(once.decode()).content == once


def test_a_csv_reader_sees_the_same_table_but_for_the_score() -> None:
    before, after = cells(FILE.encode()), cells(merge().content)
    changed = [
        (row, column)
        for row, line in enumerate(before)
        for column, _ in enumerate(line)
        if after[row][column] != line[column]
    ]
    assert changed == [(3, 6)]
    assert [len(line) for line in before] == [len(line) for line in after]


def test_the_differences_between_the_two_classes_are_named() -> None:
    merged = merge()
    assert merged.column == "Dinosaur Island (12)"
    assert merged.written == ("s01",)
    assert merged.without_score == ("s02",)  # and Canvas's 3.00 stays: an empty cell would delete it
    assert merged.kept == ("s03", "s05")
    assert merged.not_in_canvas == ("s77",)
    assert merged.only_in_canvas == ("s04",)  # not the test student, not the rows above


def test_students_are_found_by_another_column_on_request() -> None:
    assert merge(results=[result("u1", 4.0)], match="SIS User ID").written == ("u1",)
    assert merge(results=[result("104", 4.0)], match="ID").written == ("104",)
    with pytest.raises(GradingError, match=r"no column 'SIS User ID' .* It has: SIS Login ID, ID"):
        merge(FILE.replace("SIS User ID", "Integration ID"), match="SIS User ID")


def test_an_id_that_stands_twice_is_an_error() -> None:
    with pytest.raises(GradingError, match="'s01' stands in several rows"):
        merge(FILE.replace("s04", "s01"))


@pytest.mark.parametrize("column", ["Essay (11)", "Essay", "11"])
def test_the_column_can_be_named_by_heading_title_or_id(column: str) -> None:
    merged = merge(FILE.replace("10.00", "20"), column=column)
    assert merged.column == "Essay (11)"
    assert cells(merged.content)[3][5] == "18.5"


def test_a_column_that_is_missing_is_answered_with_those_that_are_there() -> None:
    with pytest.raises(
        GradingError, match=r"No column fits 'dragon'.* There are: Essay \(11\); Dinosaur Island \(12\)\."
    ):
        merge(column="dragon")
    with pytest.raises(GradingError, match="No column fits 'Final Score'"):
        merge(column="Final Score")


def test_a_column_that_is_not_the_only_one_is_asked_for_by_its_id() -> None:
    twice = FILE.replace("Essay (11)", "dinosaur-island (11)")
    with pytest.raises(
        GradingError, match=r"Several columns .*dinosaur-island \(11\); Dinosaur Island \(12\)\..*by its id"
    ):
        merge(twice)
    assert merge(twice, column="12").column == "Dinosaur Island (12)"


def test_other_points_in_canvas_are_an_error_unless_they_are_to_be_scaled() -> None:
    other = FILE.replace("20.00", "100.00")
    with pytest.raises(GradingError, match=r"Canvas gives 100 points for 'Dinosaur Island \(12\)', and the checks 20"):
        merge(other)
    assert cells(merge(other, scale=True).content)[3][6] == "92.5"
    assert cells(merge(FILE.replace("20.00", "20.004"), scale=False).content)[3][6] == "18.5"
    with pytest.raises(GradingError, match="Canvas gives 0 points"):
        merge(FILE.replace("20.00", "0.00"), scale=True)


def test_semicolons_and_decimal_commas_are_read_as_canvas_writes_them() -> None:
    european = "Student;ID;SIS Login ID;Section;Dinosaur Island (12)\nPoints Possible;;;;20,00\nMary;1;s01;A;1,50\n"
    merged = merge(european)
    assert merged.content == european.replace("1,50", "18.5").encode()
    with pytest.raises(GradingError, match=r"Canvas gives 20\.5 points"):
        merge(european.replace("20,00", "20,50"))


def test_a_last_empty_cell_without_an_end_of_line_gets_its_score() -> None:
    file = "Student,ID,SIS Login ID,Section,Dinosaur Island (12)\nMary,1,s01,A,"
    assert merge(file).content == (file + "18.5").encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", 'its first line should hold "Student" and "ID"'),
        (b"name,points\nx,1\n", 'its first line should hold "Student" and "ID"'),
        (b"Student,ID\xff\n", "not UTF-8 text: byte 10"),
        (b'Student,ID,SIS Login ID,tiny (1)\n"Mary,1,s01,\n', "Line 2 of the file has a quote"),
        (b"Student,ID,SIS Login ID,dinosaur_island (1)\nMary,1,s01\n", "The row of 's01' ends before"),
    ],
)
def test_a_file_that_is_none_of_canvas_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(GradingError) as error:
        merge_into_canvas(content, CLASS, assignment="dinosaur_island")
    assert sentence in str(error.value)


TEXTS = st.text(st.sampled_from('ab ",;\n=é'), max_size=6)
TABLES = st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5)


@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_cells_are_read_as_the_csv_module_writes_them(rows: list[list[str]], end: str, quoting: int) -> None:
    file = io.StringIO()
    table = [["Student", "ID"], *rows]
    csv.writer(file, lineterminator=end, quoting=quoting).writerows(table)
    text = file.getvalue()
    read = read_cells(text)
    assert [[cell.text for cell in row] for row in read] == table
    for cell in (cell for row in read for cell in row):
        quoted = cell.text.replace('"', '""')
        assert text[cell.start : cell.end] in (cell.text, f'"{quoted}"')
