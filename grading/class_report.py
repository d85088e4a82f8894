"""The page of the class, for instructors: scores, checks, misconceptions, and what needs a person.

One file that asks for nothing from outside. Its one script sorts the table; without it the page says the same.
"""

import base64
import hashlib
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grading.charts import Bar, check_bars, histogram
from grading.course import Assignment, Course, GradeCell
from grading.exports import number
from grading.files import write_atomically
from grading.results import Result, State
from grading.student_page import title_of

SLOWEST = 5  # as many as one looks at
_COLOR = {"passed": "good", "partial": "part", "not_implemented": "none"}  # of a verdict; any other is bad


@dataclass(frozen=True)
class Misconception:
    """A wrong solution that functions of students behave like."""

    name: str  # "clip/upper_bound_only"
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What the page shows."""

    assignment: Assignment
    results: tuple[Result, ...]

    @property
    def scored(self) -> list[Result]:
        """The rows that have a score."""
        return [result for result in self.results if result.points is not None]

    @property
    def scores(self) -> list[float]:
        """The scores."""
        return [result.points for result in self.results if result.points is not None]

    @property
    def needs_a_person(self) -> list[Result]:
        """The rows of those who have handed in and have no score that counts."""
        return [result for result in self.results if result.state == State.NEEDS_A_PERSON]

    @property
    def absent(self) -> list[Result]:
        """The rows of those who have handed in nothing."""
        return [result for result in self.results if result.state == State.NOT_SUBMITTED]

    @property
    def worth_a_look(self) -> list[Result]:
        """The rows whose score stands, and may owe something to bad luck."""
        return [result for result in self.results if result.worth_a_look]

    @property
    def slowest(self) -> list[Result]:
        """The submissions that ran longest, the slowest first."""
        return sorted((r for r in self.results if r.seconds), key=lambda result: -result.seconds)[:SLOWEST]

    @property
    def figures(self) -> list[tuple[str, str]]:
        """The figures at the top of the page: what, how much."""
        handed_in = len(self.results) - len(self.absent)
        figures = [("submissions", str(handed_in)), ("with a score", str(len(self.scored)))]
        if self.scores:
            figures.append(("median", f"{number(statistics.median(self.scores))}"))
            figures.append(("full marks", str(sum(r.points == r.max_points for r in self.scored))))
        return figures

    def max_of(self, function: str) -> float:
        """Return how many points a graded function is worth."""
        return sum(cell.points for cell in self.assignment.grade_cells if cell.function == function)

    def outcomes(self, cell: GradeCell) -> Bar:
        """Return what became of one check, among those who have a score."""
        verdicts = [check.verdict for r in self.scored for check in r.checks if check.grade_id == cell.grade_id]
        counts = Counter(_COLOR.get(verdict, "bad") for verdict in verdicts)
        return Bar(cell.title, {color: counts[color] for color in ("good", "part", "bad", "none")})

    @property
    def misconceptions(self) -> list[Misconception]:
        """The misconceptions, the most frequent first; a student counts once for each."""
        students: dict[str, dict[str, None]] = {}
        hints: dict[str, str] = {}
        for result in self.results:
            for check in result.checks:
                if check.misconception:
                    students.setdefault(check.misconception, {})[result.student] = None
                    hints[check.misconception] = hints.get(check.misconception) or check.hint
        found = [Misconception(name, hints[name], tuple(who)) for name, who in students.items()]
        return sorted(found, key=lambda one: (-len(one.students), one.name))


def write_class_report(
    course: Course, assignment: Assignment, results: Sequence[Result], page: Path | None = None
) -> Path:
    """Write the page, by default beside the folders of the feedback, and return its path."""
    page = page or course.root / "feedback" / f"{assignment.name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    links = {result.student: _link(course, result, page) for result in results}
    write_atomically(page, render(Report(assignment, tuple(results)), links).encode("utf-8", "replace"))
    return page


def _link(course: Course, result: Result, page: Path) -> str:
    """Return the address of a student's page as it is seen from the class report; empty if there is none yet."""
    target = course.feedback(result.student, result.assignment) / f"{result.assignment}.html"
    if not target.is_file():
        return ""
    return quote(Path(os.path.relpath(target.resolve(), page.parent.resolve())).as_posix())


def render(report: Report, links: dict[str, str]) -> str:
    """Return the page.

    Args:
        report: what it shows.
        links: the addresses of the students' pages; empty for those who have none.
    """
    environment = Environment(
        loader=PackageLoader("grading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    script = _part("class_report.js")
    charts = {
        function: Markup(check_bars(f"f{place}", f"Checks of {function}", _bars(report, function)))
        for place, function in enumerate(report.assignment.functions)
    }
    return environment.get_template("class_report.html.j2").render(
        report=report,
        title=title_of(report.assignment),
        links=links,
        scores=Markup(histogram(report.scores, report.assignment.max_points)),
        charts=charts,
        style=Markup(_part("class_report.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _bars(report: Report, function: str) -> list[Bar]:
    return [report.outcomes(cell) for cell in report.assignment.grade_cells if cell.function == function]


def _part(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
