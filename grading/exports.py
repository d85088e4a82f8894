"""The scores of a class in the formats of other programs: one pure function for each, all from `Result`.

`canvas` is a module of its own, for it merges into a file of Canvas's.
"""

import csv
import html
import io
import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from grading.course import Assignment
from grading.results import Result, State
from grading.scoring import CheckResult

# A cell that begins so is a formula to Excel, LibreOffice or Google Sheets; the wide forms are so in Japanese Excel.
# It may also begin inside a text, where a program takes another separator than the file's.
_FORMULA = re.compile(r"(^|[,;|\"])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(
    r"[\\`*_\[\]<>&|~@$#!]|:(?=//)"
)  # what may begin a structure, a link or a mention inside a table cell


def number(points: float | None) -> str:
    """Return points as a cell: no rounding noise, no zeros at the end; empty where there is no score."""
    return "" if points is None else f"{round(points, 6) + 0.0:.12g}"


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula, on one line: an apostrophe makes it a text."""
    plain = " ".join(_UNSEEN.sub(" ", _well_formed(text)).split())
    return _FORMULA.sub(r"\1\2'", plain)


def _well_formed(text: str) -> str:
    """Replace what no encoding can write: halves of surrogate pairs, as in the name of a file that is no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def to_csv(assignment: Assignment, results: Sequence[Result]) -> str:
    """Return a row for each student: state, points, points of each function and of each check.

    A column of a function is headed by its name, that of a check by its `grade_id`. Without a score, all points are
    empty, and the last column says why.
    """
    checks = [cell.grade_id for cell in assignment.grade_cells]
    head = ["student", "state", "points", "max_points", *assignment.functions, *checks, "reason"]
    rows = [[harmless(name) for name in head]]
    for result in results:
        points = {check.grade_id: check.points for check in result.checks if result.points is not None}
        rows.append(
            [
                harmless(result.student),
                result.state.value,
                number(result.points),
                number(result.max_points),
                *(number(result.points_of(function)) for function in assignment.functions),
                *(number(points.get(grade_id)) for grade_id in checks),
                harmless(result.reason),
            ]
        )
    return _csv(rows)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def to_moodle(assignment: Assignment, results: Sequence[Result], identifier: str = "Username") -> str:
    """Return a file for Moodle's "Grades > Import > CSV file": who, points, feedback.

    Students without a score are left out: Moodle takes an empty cell for "delete the grade". It takes feedback for
    HTML. (docs.moodle.org/en/Grade_import; grade/import/csv/classes/load_data.php)
    """
    scored = [result for result in results if result.points is not None]
    rows = [[identifier, assignment.name, f"{assignment.name} feedback"]]
    rows += [[harmless(result.student), number(result.points), harmless(_feedback(result))] for result in scored]
    return _csv(rows)


def _feedback(result: Result) -> str:
    lost = [check for check in result.checks if check.points < check.max_points]
    total = f"{number(result.points)} of {number(result.max_points)} points."
    return html.escape(
        " ".join([total, *dict.fromkeys(f"{check.function}: {check.message}" for check in lost)]), quote=False
    )


def to_gradescope(result: Result) -> str:
    """Return the results.json of one student, who has a score.

    (gradescope-autograders.readthedocs.io/en/latest/specs, "Output format")
    """
    content: dict[str, Any] = {
        "score": result.points,
        "execution_time": round(result.seconds),
        "output": "\n".join(_well_formed(notice) for notice in result.notices),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_gradescope_test(check, place) for place, check in enumerate(result.checks, 1)],
        "extra_data": {"student": result.student, "max_points": result.max_points, "late_penalty": result.penalty},
    }
    return json.dumps(content, indent=2) + "\n"


def _gradescope_test(check: CheckResult, place: int) -> dict[str, Any]:
    return {
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if check.verdict == "passed" else "failed",  # Gradescope has no third
        "name": f"{check.function}: {check.title}",
        "number": str(place),
        "output": _well_formed("\n".join(filter(None, [check.message, check.hint]))),
        "tags": [check.function, check.verdict],
        "visibility": "visible",
    }


# A failure is the student's code not doing what it should; an error is that it could not be seen doing anything.
_JUNIT = {
    "passed": "",
    "failed": "failure",
    "partial": "failure",
    "not_implemented": "failure",
    "not_reached": "skipped",
}


def to_junit(assignment: Assignment, results: Sequence[Result]) -> str:
    """Return a test suite for each student, with a test case for each check.

    Without a score, a suite is one case that ends with an error, or is skipped where nothing was handed in. Points
    are properties of the suite. (The elements that Jenkins, GitLab and GitHub's actions read: jenkins-junit.xsd)
    """
    root = ElementTree.Element("testsuites", name=_xml(assignment.name))
    for result in results:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(result.student), time=f"{result.seconds:.3f}")
        properties = ElementTree.SubElement(suite, "properties")
        values = {"state": result.state.value, "points": number(result.points), "max_points": number(result.max_points)}
        for name, value in values.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)
        if result.points is None:
            kind = "skipped" if result.state == State.NOT_SUBMITTED else "error"
            _add_case(suite, assignment.name, "submission", kind, result.state.value, result.reason)
        else:
            for check in result.checks:
                kind = _JUNIT.get(check.verdict, "error")
                place = f"{assignment.name}.{check.function}"
                _add_case(suite, place, check.title, kind, check.verdict, check.message)
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ElementTree.Element, place: str, name: str, kind: str, verdict: str, message: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=_xml(place), name=_xml(name))
    if kind:
        ElementTree.SubElement(case, kind, type=verdict, message=_xml(message))


def _count(element: ElementTree.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(list(element.iter(kind)))))


def _xml(text: str) -> str:
    """Replace what XML 1.0 cannot hold, even escaped."""
    return _NOT_IN_XML.sub("\ufffd", text)


def to_markdown(assignment: Assignment, results: Sequence[Result]) -> str:
    """Return a table for the summary of a CI run or a comment."""
    head = ["Student", *assignment.functions, "Points", "First thing to look at"]
    lines = ["| " + " | ".join(_markdown(name) for name in head) + " |"]
    lines.append("|---|" + "---:|" * (len(assignment.functions) + 1) + "---|")
    for result in results:
        functions = [number(result.points_of(function)) or "–" for function in assignment.functions]
        cells = [_markdown(result.student), *functions, _markdown_score(result), _markdown(result.first_fault)]
        lines.append("| " + " | ".join(cells) + " |")
    without = sum(result.points is None for result in results)
    lines += ["", f"{len(results) - without} of {len(results)} students have a score."]
    return "\n".join(lines) + "\n"


def _markdown_score(result: Result) -> str:
    if result.points is None:
        return f"**{result.state.value.replace('_', ' ')}**"
    return f"{number(result.points)}/{number(result.max_points)}"


def _markdown(text: str) -> str:
    """Write a text so that it has no structure of its own: no cell ends in it, no image loads, nobody is notified."""
    plain = " ".join(_UNSEEN.sub(" ", _well_formed(text)).split())
    encoded = _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", plain)
    return f"<code>{encoded}</code>" if "@" in plain else encoded  # GitHub looks for mentions in the finished page
