"""Merge scores into the gradebook file that Canvas has exported: only the cells of one column change.

All else, down to quotes, line ends and the byte order mark, stays as Canvas wrote it, for Canvas reads the whole file
again. What its files look like: lib/gradebook_exporter.rb and lib/gradebook_importer.rb of instructure/canvas-lms.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.errors import GradingError
from grading.exports import number
from grading.results import Result

MATCHES = ("SIS Login ID", "SIS User ID", "ID")  # the columns that may hold the student ids of this course
_PEOPLE = ("Student", "LastName", "FirstName", "ID", "Integration ID", "Root Account", "Section", *MATCHES)
_TOTALS = re.compile(r"(Current|Final|Override) (Score|Points|Grade|Status)")  # Canvas computes these
_KEPT = ("EX", "N/A")  # excused; not assigned to this student: an instructor's decision
_SPECIAL = re.compile(r"^\s*(Points Possible|Student, Test|Test, Student)\s*$", re.IGNORECASE)
_POSTING = re.compile(r"^\s*(Muted|Manual Posting.*)?\s*$", re.IGNORECASE)  # every cell of a row that is no student's
POINTS_TOLERANCE = 0.005  # Canvas writes two decimals


@dataclass(frozen=True)
class Cell:
    """One cell of a file: its text, and where its raw form stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Merged:
    """The new file, and what a person should know about it."""

    content: bytes
    column: str
    written: tuple[str, ...]  # students
    without_score: tuple[str, ...]  # in both; their cells are as they were
    kept: tuple[str, ...]  # have a score, but Canvas says that they are excused, or not assigned
    not_in_canvas: tuple[str, ...]  # were here and are not there
    only_in_canvas: tuple[str, ...]


def merge_into_canvas(
    content: bytes,
    results: Sequence[Result],
    *,
    assignment: str,
    column: str = "",
    match: str = MATCHES[0],
    scale: bool = False,
) -> Merged:
    """Return Canvas's file with the points of the students in the column of the assignment.

    A cell is left as it was where there is no score: an empty cell would delete what Canvas has.

    Args:
        content: the file, as Canvas exported it.
        results: the rows of the class.
        assignment: the name that the column's heading should have, unless `column` says which.
        column: the heading, with or without its id in brackets, or that id.
        match: the column that holds the student ids of this course.
        scale: convert points to the column's "Points Possible", where they differ.

    Raises:
        GradingError: the file, the column or the points do not fit; the text says what was found.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise GradingError(f"The file is not UTF-8 text: byte {error.start} does not fit.") from error
    rows = read_cells(text)
    place = _column([cell.text for cell in rows[0]], assignment, column)
    identity = _place_of(match, rows[0])
    factor = _factor(rows, place, results, scale=scale)
    students = _students(rows, identity, match)
    return _merged(text, results, students, place, factor, rows[0][place].text)


def read_cells(text: str) -> list[list[Cell]]:
    """Split a file into rows of cells that know their places; a cell may be quoted and hold line ends.

    Raises:
        GradingError: this is no table of Canvas's.
    """
    body = 1 if text.startswith("\ufeff") else 0
    first = text[body:].split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","  # Canvas lets its users choose
    pattern = re.compile(rf'("(?:[^"]|"")*"|[^{separator}\r\n"][^{separator}\r\n]*|)({separator}|\r\n|\n|\r|$)')
    rows: list[list[Cell]] = [[]]
    position, ended_by = body, separator
    while position < len(text) or ended_by == separator:  # behind the last separator stands an empty cell
        found = pattern.match(text, position)
        if found is None:
            raise GradingError(
                f"Line {text.count(chr(10), 0, position) + 1} of the file has a quote that does not end."
            )
        raw, ended_by = found.groups()
        plain = raw[1:-1].replace('""', '"') if raw.startswith('"') else raw
        rows[-1].append(Cell(plain, found.start(1), found.end(1)))
        position = found.end()
        if ended_by not in ("", separator) and position < len(text):
            rows.append([])
    names = {cell.text.strip() for cell in rows[0]}
    if not (names & {"Student", "LastName"} and "ID" in names):
        raise GradingError('The file does not begin as one of Canvas: its first line should hold "Student" and "ID".')
    return rows


def _column(headings: Sequence[str], assignment: str, wanted: str) -> int:
    """Return the place of the assignment's column."""
    places = [
        place
        for place, heading in enumerate(headings)
        if heading.strip() not in _PEOPLE and not _TOTALS.search(heading) and heading.strip()
    ]
    names = _names_of_wanted if wanted else _names_of_title
    target = wanted.strip() if wanted else _folded(assignment)
    fitting = [place for place in places if target in names(headings[place])]
    if len(fitting) == 1:
        return fitting[0]
    known = "; ".join(headings[place] for place in fitting or places) or "none"
    if fitting:
        raise GradingError(f"Several columns fit {wanted or assignment!r}: {known}. Name one by its id with --column.")
    raise GradingError(f"No column fits {wanted or assignment!r}. Name one with --column. There are: {known}.")


def _names_of_title(heading: str) -> set[str]:
    return {_folded(_title_and_id(heading)[0])}


def _names_of_wanted(heading: str) -> set[str]:
    return {heading.strip(), *filter(None, _title_and_id(heading))}


def _title_and_id(heading: str) -> tuple[str, str]:
    found = re.fullmatch(r"\s*(.*?)\s*\((\d+)\)\s*", heading)
    return (found[1], found[2]) if found else (heading.strip(), "")


def _folded(title: str) -> str:
    """Return a title as it can be compared: "Dinosaur Island" is dinosaur_island."""
    return " ".join(re.sub(r"[\W_]+", " ", title).casefold().split())


def _place_of(match: str, head: Sequence[Cell]) -> int:
    names = [cell.text.strip() for cell in head]
    if match not in names:
        present = ", ".join(name for name in MATCHES if name in names) or "none"
        raise GradingError(f"The file has no column {match!r} to find students by. It has: {present} (--match).")
    return names.index(match)


def _factor(rows: Sequence[Sequence[Cell]], place: int, results: Sequence[Result], *, scale: bool) -> float:
    """Return what points are multiplied with: 1, unless they are to be scaled."""
    ours = max((result.max_points for result in results), default=0.0)
    theirs = next((_points(_at(row, place)) for row in rows[1:] if "Points Possible" in row[0].text), None)
    if theirs is None or abs(theirs - ours) < POINTS_TOLERANCE:
        return 1.0
    if not scale or not ours or not theirs:
        raise GradingError(
            f"Canvas gives {number(theirs)} points for {rows[0][place].text!r}, and the checks {number(ours)}. "
            "Change the points in Canvas and export again, or convert them with --scale."
        )
    return theirs / ours


def _points(text: str) -> float | None:
    """Read a number as Canvas does: the last comma or point is the decimal one."""
    if not re.fullmatch(r"\s*-?[\d.,]*\d[\d.,]*\s*", text):
        return None
    *whole, last = re.split(r"[.,]", text.strip())
    return float(f"{''.join(whole)}.{last or 0}" if whole else last)


def _at(row: Sequence[Cell], place: int) -> str:
    return row[place].text if place < len(row) else ""


def _students(rows: Sequence[Sequence[Cell]], identity: int, match: str) -> Mapping[str, Sequence[Cell]]:
    """Return the rows of students by their ids here."""
    people = [row for row in rows[1:] if not _is_special(row)]
    found = {_at(row, identity).strip(): row for row in people}
    twice = [name for name, count in Counter(_at(row, identity).strip() for row in people).items() if count > 1]
    if twice := sorted(filter(None, twice)):
        raise GradingError(f"{twice[0]!r} stands in several rows of the column {match!r}. Choose another with --match.")
    return {name: row for name, row in found.items() if name}


def _is_special(row: Sequence[Cell]) -> bool:
    return bool(_SPECIAL.match(row[0].text)) or all(_POSTING.match(cell.text) for cell in row)


def _merged(
    text: str,
    results: Sequence[Result],
    students: Mapping[str, Sequence[Cell]],
    place: int,
    factor: float,
    heading: str,
) -> Merged:
    ours = {result.student.strip(): result for result in results}
    both = [name for name in students if name in ours]
    if short := [name for name in both if place >= len(students[name])]:
        raise GradingError(f"The row of {short[0]!r} ends before the column {heading!r}. Export the file anew.")
    without = [name for name in both if ours[name].points is None]
    kept = [name for name in both if name not in without and students[name][place].text.strip().upper() in _KEPT]
    written = [name for name in both if name not in without and name not in kept]
    changes = {students[name][place]: number(_scaled(ours[name], factor)) for name in written}
    return Merged(
        _with_changes(text, changes).encode("utf-8"),
        heading,
        tuple(written),
        tuple(without),
        tuple(kept),
        tuple(sorted(set(ours) - set(students))),
        tuple(sorted(set(students) - set(ours))),
    )


def _scaled(result: Result, factor: float) -> float:
    return round((result.points or 0.0) * factor, 4)


def _with_changes(text: str, changes: Mapping[Cell, str]) -> str:
    for cell in sorted(changes, key=lambda cell: cell.start, reverse=True):  # from the end: places before it stay
        text = text[: cell.start] + changes[cell] + text[cell.end :]
    return text
