"""The page of a student: what it says, what it keeps to itself, and what no submission can make of it."""

import copy
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from markupsafe import escape
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.autograde import autograde
from grading.course import Assignment, Course
from grading.feedback import feedback_page, write_feedback
from grading.hidden import HIDDEN_TESTS, SOLUTION, secret_lines
from grading.report import Record, load_record
from grading.score_card import Assessment, Comment
from grading.scoring import CheckResult

CHECK = CheckResult(
    "scale_multiplies", "Every entry is multiplied", "scale", "failed", 0, 2, "It is 3.", "scale/x", "Look at factor."
)
RECORD = Record("s01", "tiny", "graded", (CHECK,))


def page_of(course: Course, *cells: NotebookNode, record: Record = RECORD, assessment: Assessment | None = None) -> str:
    """Return the page of a submission with these cells at the end of its notebook."""
    assignment = course.assignment("tiny")
    notebook = copy.deepcopy(assignment.notebook)
    notebook.cells += cells
    return feedback_page(course, assignment, record, assessment or Assessment(), notebook)


def text_of(page: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def test_a_check_says_title_verdict_points_message_and_hint_and_leads_to_its_cells(class_course: Course) -> None:
    page = page_of(class_course)
    text = text_of(page)
    assert "✗ Failed Every entry is multiplied 0 of 2 It is 3. Hint Look at factor." in text
    assert "scale/x" not in page
    for place in ("check-scale_multiplies", "cell-scale_multiplies", "cell-scale_solution", "function-scale"):
        assert page.count(f'id="{place}"') == 1
        assert f'href="#{place}"' in page


def test_a_hint_that_several_checks_have_is_given_once(class_course: Course) -> None:
    record = replace(RECORD, checks=(CHECK, replace(CHECK, grade_id="scale_works_in_place")))
    page = page_of(class_course, record=record)
    assert page.count("Look at factor.") == 1
    assert page.count("The same as above.") == 1


def test_a_check_that_is_newer_than_the_record_says_so(class_course: Course) -> None:
    assert "– Not reached The results are those of a die 0 of 1 This check is newer" in text_of(page_of(class_course))


def test_every_link_within_a_page_leads_somewhere(class_course: Course) -> None:
    page = page_of(class_course, new_code_cell("own = 1"), new_markdown_cell("Mine."))
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_no_line_of_a_hidden_test_and_no_output_of_a_check_is_on_a_page(class_course: Course) -> None:
    assignment = class_course.assignment("tiny")
    notebook = copy.deepcopy(assignment.notebook)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.outputs = [
                new_output("stream", text="called with 73.25"),
                new_output("error", ename="AssertionError", evalue="inputs", traceback=["----> 9 given * -4.0"]),
            ]
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "# GRADED FUNCTION: scale\ndef scale(values, factor): ..."
    page = feedback_page(class_course, assignment, RECORD, Assessment(), notebook)
    text = re.sub(r"<[^>]*>", "", page)
    for secret in ["73.25", "given * -4.0", "----> 9", "HIDDEN", *_secrets(assignment)]:
        assert secret not in text, secret


def _secrets(assignment: Assignment) -> list[str]:
    """Return the lines that stand in hidden parts only, as a page would write them."""
    cells = assignment.notebook.cells
    shown = "\n".join(SOLUTION.sub("", HIDDEN_TESTS.sub("", cell.source)) for cell in cells)
    hidden = [line for cell in cells for line in secret_lines(cell.source) if line not in shown]
    assert hidden
    return [str(escape(line)) for line in hidden]


def test_a_score_and_a_comment_of_the_instructor_count_and_are_named(class_course: Course) -> None:
    given = Assessment({"scale_multiplies": 1.5}, frozenset({"scale_multiplies"}), {
        "scale_solution": Comment("Nearly: *look* at `factor`.", by_hand=True),
        "roll_solution": Comment("No response.", by_hand=False),
    }, late_penalty=0.5)  # fmt: skip
    page = page_of(class_course, assessment=given)
    text = text_of(page)
    assert "1.5 of 2 It is 3. Hint Look at factor. Your instructor gave these points." in text
    assert "Comment by your instructor" in text
    assert "<p>Nearly: <em>look</em> at <code>factor</code>.</p>" in page
    assert "Handed in late −0.5" in text
    assert "1 of 5 points" in text
    assert "No response" not in text


def test_without_a_record_the_scores_tell_what_became_of_the_checks(class_course: Course) -> None:
    record = Record("s01", "tiny", "graded")
    scores = {"scale_multiplies": 2.0, "scale_works_in_place": 0.5}
    text = text_of(page_of(class_course, record=record, assessment=Assessment(scores)))
    assert "✓ Passed Every entry is multiplied 2 of 2" in text
    assert "◐ Passed in part" in text
    assert "✗ Failed As many results as were asked for 0 of 1 The check did not end as it should." in text


def test_a_page_shows_the_code_and_the_outputs_of_the_student(class_course: Course) -> None:
    raised = new_output("error", ename="NameError", evalue="no rex", traceback=["\x1b[31mrex()"])
    cells = [new_code_cell("rex()", outputs=[new_output("stream", text="roar"), raised]), new_markdown_cell("$x_1$")]
    page = page_of(class_course, *cells)
    for part in ('<pre class="code">rex()</pre>', ">roar</pre>", "NameError: no rex", "<pre>rex()</pre>", "<msub>"):
        assert part in page


def test_a_page_says_what_was_mended_and_that_there_was_no_sandbox(class_course: Course) -> None:
    page = page_of(class_course, record=replace(RECORD, notices=("A cell was put back.",), sandbox="none"))
    assert "A cell was put back." in page
    assert "Graded without a sandbox." in page
    assert "Graded without a sandbox." not in page_of(class_course)


@pytest.mark.parametrize("status", ["unreadable", "grader_error"])
def test_who_has_no_score_is_told_why(class_course: Course, status: str) -> None:
    record = Record("<s01>", "tiny", status, message="Line 3 is <broken>.")
    page = feedback_page(class_course, class_course.assignment("tiny"), record, Assessment(), None)
    assert "Line 3 is &lt;broken&gt;." in page
    assert "<s01>" not in page
    assert ("no fault of yours" in page) == (status == "grader_error")


def test_results_stand_beside_those_of_the_reference(course: Course, assignment: Assignment) -> None:
    own = course.assignment(assignment.name)
    notebook = copy.deepcopy(own.notebook)
    record = Record("s01", own.name, "graded")
    for cell in notebook.cells:
        if cell.id == "invent-names":
            cell.source, cell.outputs = "# changed", [new_output("stream", text="Micakanenus\n")]
    notebook.cells = [cell for cell in notebook.cells if cell.id != "look-at-the-loss-curve"]
    text = text_of(feedback_page(course, own, record, Assessment(), notebook))
    assert "Yours This cell is not in your notebook. Reference From 27.88" in text
    assert "Yours Micakanenus Reference Micakanenus Mecerothis" in text
    own.source.with_name("reference_run.json").unlink()
    without = text_of(feedback_page(course, own, record, Assessment(), notebook))
    assert "Reference" not in without
    assert "Micakanenus" in without


def test_instructions_that_were_left_as_they_are_are_folded_with_their_figures(
    course: Course, assignment: Assignment
) -> None:
    page = feedback_page(
        course, assignment, Record("s01", assignment.name, "graded"), Assessment(), assignment.notebook
    )
    assert page.count("<summary>Instructions</summary>") == 7
    assert page.count('<img src="data:image/svg+xml') == 4 + 1  # the figures, and the curve of the reference
    assert "$" not in re.sub(r"<(pre|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)


@pytest.fixture
def graded(fresh: Course) -> Course:
    """The small class with two students graded: one right, one unreadable; the instructor has written to the first."""
    assignment = fresh.assignment("tiny")
    autograde(fresh, assignment, ["s01", "s08"], workers=1)
    with Gradebook(f"sqlite:///{fresh.root / 'gradebook.db'}") as gradebook:
        gradebook.find_comment("scale_solution", "tiny", "tiny", "s01").manual_comment = "See me."
        gradebook.find_grade("roll_counts", "tiny", "tiny", "s01").manual_score = 0.25
        gradebook.db.commit()
    return fresh


def test_the_formgrader_writes_the_same_bytes(graded: Course) -> None:
    assignment = graded.assignment("tiny")
    path = graded.feedback("s01", "tiny") / "tiny.html"
    records = [load_record(graded.autograded(student, "tiny")) for student in ("s01", "s08")]
    write_feedback(graded, assignment, [record for record in records if record])
    ours = path.read_bytes()
    assert b"See me." in ours
    assert "0.25 of 1" in text_of(ours.decode())
    assert (path.parent / "timestamp.txt").read_text() == "2026-01-01 10:00:00 UTC"

    path.unlink()
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(graded.root)).load_config())
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    assert api.generate_feedback("tiny", "s01")["success"]
    assert path.read_bytes() == ours
    assert "could not be read" in (graded.feedback("s08", "tiny") / "tiny.html").read_text()


RAN = "document.title = 'ran'"
SCRIPT = f'<script>{RAN}</script><img src="http://127.0.0.1:{{port}}/pixel" onerror="{RAN}">'


def hostile_page(course: Course, port: int) -> str:
    """Return a page whose every text tries to run a script and to load a picture."""
    bad = SCRIPT.format(port=port)
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='http://127.0.0.1:{port}/p'/></svg>"
    outputs = [
        new_output("stream", text=bad),
        new_output("error", ename=bad, evalue=bad, traceback=[bad]),
        new_output("display_data", data={"text/html": bad, "text/plain": bad, "application/javascript": "ran()"}),
        new_output("display_data", data={"image/svg+xml": svg}),
        new_output("display_data", data={"image/png": f'"{bad}', "text/plain": bad}),
        new_output("display_data", data={"text/markdown": bad}),
    ]
    texts = [
        bad,
        f"[a](javascript:ran()) ![b](http://127.0.0.1:{port}/b) $\\href{{javascript:ran()}}{{x}}$ $\\text{{{bad}}}$",
        f"<style>body {{ background: url(http://127.0.0.1:{port}/c) }}</style>",
    ]
    cells = [new_code_cell(f"{bad}\n'''{bad}", outputs=outputs), *(new_markdown_cell(text) for text in texts)]
    cells[1].attachments = {bad: {"image/png": bad}, "a": {f"image/png;{bad}": "AAAA"}}
    cells[0].id = 'x" onload="ran()'
    check = replace(CHECK, title=bad, message=bad, hint=bad, verdict=bad)
    comments = {"scale_solution": Comment(bad, by_hand=True)}
    record = Record(f"s01{bad}", "tiny", "graded", (check,), notices=(bad,))
    return page_of(course, *cells, record=record, assessment=Assessment(comments=comments))


def test_no_tag_handler_or_address_of_a_submission_arrives(
    class_course: Course, tags_of: Callable[[str], list[tuple[str, dict[str, str]]]]
) -> None:
    page = hostile_page(class_course, 9)
    assert "&lt;script&gt;" in page
    tags = tags_of(page)
    assert not {tag for tag, _ in tags} & {"script", "iframe", "object", "embed", "svg", "link", "form", "base"}
    assert [tag for tag, _ in tags].count("style") == 1
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;base64,")


def test_a_notebook_made_to_be_slow_has_its_page_all_the_same(class_course: Course) -> None:
    cells = [new_code_cell("@" * 9_999 + str(number)) for number in range(300)]
    started = time.process_time()
    assert "299</pre>" in page_of(class_course, *cells)
    assert time.process_time() - started < 20  # it takes 4 s; without a limit, 45 s


def test_half_a_surrogate_pair_does_not_keep_a_page_from_being_written(class_course: Course) -> None:
    assert page_of(class_course, new_code_cell("'\ud800'"), new_markdown_cell("\udfff")).encode()


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def requests() -> Iterator[tuple[int, list[str]]]:
    """A web server of our own: its port, and the paths that were asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def opened(page: str, folder: Path) -> str:
    """Open a page in a real browser and return its document as it is then."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--dump-dom", (folder / "page.html").as_uri()]
    # a minute: a browser that starts for the first time on a busy machine takes some seconds
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine to open the page with")
def test_in_a_browser_no_script_runs_and_nothing_is_asked_for(
    class_course: Course, tmp_path: Path, requests: tuple[int, list[str]]
) -> None:
    port, asked = requests
    unprotected = opened(f"<!DOCTYPE html><title>before</title>{SCRIPT.format(port=port)}", tmp_path)
    assert "<title>ran</title>" in unprotected  # the instrument works
    assert asked == ["/pixel"]
    asked.clear()
    page = hostile_page(class_course, port)
    document = opened(page, tmp_path)
    assert "<title>Two small functions: s01&lt;script&gt;" in document
    assert "<title>ran" not in document
    assert asked == []
    # and if a tag of theirs did arrive, the policy of the page would keep it from doing anything
    opened(page.replace("</header>", f"{SCRIPT.format(port=port)}</header>"), tmp_path)
    assert asked == []


def test_every_text_has_the_contrast_that_wcag_asks_for(class_course: Course) -> None:
    css = re.sub(r"@media print.*", "", page_of(class_course), flags=re.DOTALL)
    for scheme in re.findall(r":root \{([^}]*)\}", css):
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", scheme))
        tones = [(tone, ground) for tone in ("good", "part", "bad", "open") for ground in ("paper", f"{tone}-bg")]
        texts = [(name, "paper") for name in ("ink", "soft", "link", "key", "str", "num", "fun", "com")]
        panels = [(name, "panel") for name in ("ink", "soft", "link")]
        for text, ground in [*tones, *texts, *panels, ("ink", "bad-bg"), ("link", "bad-bg")]:
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def _contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2 between two colours, #rgb or #rrggbb."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
