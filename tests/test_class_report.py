"""The page of the class: what it says, that a student's text stays text, and that it asks for nothing from outside."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grading.class_report import Misconception, Report, render, write_class_report
from grading.course import Course
from grading.results import Result, State
from grading.scoring import CheckResult

TINY = Course(Path(__file__).with_name("tiny_course")).assignment("tiny")
HOSTILE = "<img src=x onerror=alert(1)>\"'&</script></style><!--{{ 7*7 }}"


def graded(student: str, *verdicts: str, **changes: object) -> Result:
    """Return a student whose checks have these verdicts; those that are not named have passed."""
    named = [*verdicts, *["passed"] * (len(TINY.grade_cells) - len(verdicts))]
    checks = tuple(
        CheckResult(
            cell.grade_id,
            cell.title,
            cell.function,
            verdict,
            cell.points if verdict == "passed" else 0.0,
            cell.points,
            "" if verdict == "passed" else f"It is {verdict}.",
        )
        for cell, verdict in zip(TINY.grade_cells, named, strict=True)
    )
    return replace(Result(student, "tiny", State.GRADED, 5.0, checks, seconds=1.0), **changes)


def mistaken(result: Result, misconception: str, hint: str, *places: int) -> Result:
    checks = list(result.checks)
    for place in places:
        checks[place] = replace(checks[place], misconception=misconception, hint=hint)
    return replace(result, checks=tuple(checks))


CLASS = (
    graded("s01", seconds=0.5),
    mistaken(graded("s02", "failed", "failed", seconds=9.25), "scale/adds", "You add.", 0, 1),
    mistaken(graded("s03", "failed"), "scale/adds", "You add.", 0),
    mistaken(graded("s04", "passed", "passed", "error"), "roll/fixed", "You return one roll.", 2),
    graded("s05", "timeout"),
    graded("s06", "not_implemented", "not_implemented"),
    Result("s07", "tiny", State.NEEDS_A_PERSON, 5.0, reason="Cannot be read: tiny.ipynb is empty."),
    Result("s08", "tiny", State.NOT_SUBMITTED, 5.0, reason="Nothing was handed in."),
)


class Page(HTMLParser):
    """The tags and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All of it, in one line."""
        return " ".join("".join(self.texts).split())


def page(results: Sequence[Result] = CLASS, **links: str) -> str:
    return render(Report(TINY, tuple(results)), {result.student: links.get(result.student, "") for result in results})


def test_misconceptions_stand_by_frequency_with_hint_and_students() -> None:
    assert Report(TINY, CLASS).misconceptions == [
        Misconception("scale/adds", "You add.", ("s02", "s03")),
        Misconception("roll/fixed", "You return one roll.", ("s04",)),
    ]
    text = Page(page()).text
    assert text.index("scale/adds") < text.index("You add.") < text.index("roll/fixed")


def test_a_class_without_misconceptions_is_told_so() -> None:
    assert "No function behaves like one of the known wrong solutions." in Page(page(CLASS[:1])).text


def test_checks_count_those_who_have_a_score() -> None:
    bar = Report(TINY, CLASS).outcomes(TINY.grade_cells[0])
    assert bar.counts == {"good": 2, "part": 0, "bad": 3, "none": 1}
    assert "Every entry is multiplied: 2 passed, 3 not passed, 1 not written yet" in Page(page()).text


def test_the_figures_at_the_top_count_only_scores() -> None:
    assert Report(TINY, CLASS).figures == [
        ("submissions", "7"),
        ("with a score", "6"),
        ("median", "3"),
        ("full marks", "1"),
    ]
    assert Report(TINY, CLASS[6:]).figures == [("submissions", "1"), ("with a score", "0")]


def test_who_needs_a_person_stands_apart_from_who_is_worth_a_look_and_who_is_absent() -> None:
    text = Page(page()).text
    assert "1 without a score: it needs a person s07: Cannot be read: tiny.ipynb is empty." in text
    assert "s05: scale: it took too long (Every entry is multiplied)" in text
    assert "Handed in nothing: s08." in text
    calm = Page(page(CLASS[:2])).text
    for words in ("needs a person", "Worth a look", "Handed in nothing"):
        assert words not in calm


def test_the_slowest_submissions_stand_in_their_order_and_are_few() -> None:
    assert [result.student for result in Report(TINY, CLASS).slowest] == ["s02", "s03", "s04", "s05", "s06"]
    assert Report(TINY, CLASS[6:]).slowest == []


def test_a_missing_score_is_no_zero_in_the_table() -> None:
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", page(), re.DOTALL)[-2:]
    for row, words in zip(rows, ("needs a person", "nothing"), strict=True):
        assert words in row
        assert ">0<" not in row
        assert re.findall(r'data-key="([^"]*)"', row) == [""] * 4  # two functions, points, seconds


def test_points_by_hand_and_penalties_are_marked() -> None:
    text = Page(page([graded("s01", by_hand=frozenset({"roll_counts"}), penalty=0.5)])).text
    assert "(points given by hand)" in text
    assert "(0.5 off for being late)" in text


def test_the_absence_of_a_sandbox_is_told() -> None:
    assert "Graded without a sandbox" in Page(page([graded("s01", sandbox="none")])).text
    assert "Graded without a sandbox" not in Page(page([graded("s01", sandbox="full")])).text


def test_a_students_text_stays_text() -> None:
    hostile = graded(HOSTILE, "failed", notices=(HOSTILE,))
    hostile = mistaken(
        replace(hostile, checks=(replace(hostile.checks[0], message=HOSTILE), *hostile.checks[1:])), HOSTILE, HOSTILE, 0
    )
    pending = Result(HOSTILE + "2", "tiny", State.NEEDS_A_PERSON, 5.0, reason=HOSTILE)
    read, calm = Page(page([hostile, pending])), Page(page([graded("s01", "failed"), CLASS[6]]))
    assert read.text.count(HOSTILE) >= 7
    assert {tag for tag, _ in read.tags} <= {tag for tag, _ in calm.tags} | {"b", "code", "ol"}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]


def test_the_page_asks_for_nothing_and_allows_its_own_script_only() -> None:
    html = page(s01="s01/tiny/tiny.html")
    tags = Page(html).tags
    policy = next(a["content"] for tag, a in tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.split("; ")[0] == "default-src 'none'"
    assert f"script-src 'sha256-{digest}'" in policy
    for tag, attributes in tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "image"}
        assert "src" not in attributes
        assert tag == "a" or not attributes.get("href")
    assert [a["href"] for tag, a in tags if tag == "a"] == ["s01/tiny/tiny.html"]


def test_every_drawing_has_words_and_every_id_stands_once() -> None:
    tags = Page(page()).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    drawings = [attributes for tag, attributes in tags if tag == "svg"]
    assert len(drawings) == 1 + len(TINY.functions)
    for attributes in drawings:
        assert attributes["role"] == "img"
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)


def test_the_same_class_gives_the_same_bytes() -> None:
    assert page() == page()


def luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_have_the_contrast_of_wcag_aa_in_light_and_dark() -> None:
    style = re.findall(r"<style>(.*?)</style>", page(), re.DOTALL)[0]
    schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    assert len(schemes) == 2
    for scheme in schemes:
        color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
        for text in ("ink", "soft", "link", "part", "bad"):
            assert contrast(color[text], color["paper"]) >= 4.5, (text, color[text])
        for surface in ("card", "warn"):
            assert contrast(color["ink"], color[surface]) >= 4.5
        assert contrast(color["link"], color["warn"]) >= 4.5
        for bar in ("good", "part", "bad", "none"):
            assert contrast(color[bar], color["card"]) >= 3, bar


def test_the_page_lies_beside_the_feedback_and_leads_to_the_pages_that_exist(tmp_path: Path) -> None:
    course = Course(tmp_path)
    for student in ("s01", "a b#c", "x:y"):
        folder = course.feedback(student, "tiny")
        folder.mkdir(parents=True)
        (folder / "tiny.html").write_text("feedback")
    results = [graded("s01"), graded("a b#c"), graded("x:y"), graded("s02")]
    written = write_class_report(course, TINY, results)
    assert written == tmp_path / "feedback" / "tiny.html"
    links = {a["href"] for tag, a in Page(written.read_text()).tags if tag == "a"}
    assert links == {"s01/tiny/tiny.html", "a%20b%23c/tiny/tiny.html", "x%3Ay/tiny/tiny.html"}
    elsewhere = write_class_report(course, TINY, results, tmp_path / "out" / "report.html")
    assert 'href="../feedback/s01/tiny/tiny.html"' in elsewhere.read_text()


def test_a_name_that_is_no_unicode_does_not_stop_the_page(tmp_path: Path) -> None:
    written = write_class_report(Course(tmp_path), TINY, [graded("s01", notices=("\udcff.txt",))])
    assert "?.txt" in written.read_text()


@pytest.mark.parametrize("results", [[], [CLASS[6]], [CLASS[7]]], ids=["nobody", "pending", "absent"])
def test_a_class_without_any_score_has_a_page(results: list[Result]) -> None:
    assert "Nobody has a score yet." in Page(page(results)).text
