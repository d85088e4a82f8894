"""Which outputs a page shows, and as what."""

import base64
import time

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from grading.exhibits import MAX_EXHIBITS, MAX_LINES, Exhibit, exhibits, plain

PNG = base64.b64encode(b"\x89PNG").decode()


def display(**data: str) -> NotebookNode:
    return new_output(
        "display_data", data={name.replace("_", "/").replace("svg", "svg+xml"): text for name, text in data.items()}
    )


def test_text_and_errors_lose_the_colours_of_a_terminal() -> None:
    printed = new_output("stream", name="stderr", text="\x1b[31mred\x1b[0m\n")
    raised = new_output(
        "error", ename="ValueError", evalue="too \x1b[1mlarge", traceback=["\x1b[0;31mline 1", "line 2"]
    )
    assert exhibits([printed, raised]) == (
        Exhibit("red", stderr=True),
        Exhibit("line 1\nline 2", error="ValueError: too large"),
    )


def test_an_svg_stands_before_a_png_and_both_are_data() -> None:
    (shown,) = exhibits([display(image_png=PNG, image_svg="<svg onload='a()'/>", text_plain="<Figure>")])
    assert shown.picture == "data:image/svg+xml;base64," + base64.b64encode(b"<svg onload='a()'/>").decode()
    assert exhibits([display(image_png=PNG + "\n")]) == (Exhibit(picture=f"data:image/png;base64,{PNG}"),)


@pytest.mark.parametrize("content", ['" onerror="alert(1)', "https://evil.example/x.png", "", "é"])
def test_a_png_that_is_none_is_shown_as_its_text(content: str) -> None:
    assert exhibits([display(image_png=content, text_plain="<Figure>")]) == (Exhibit("<Figure>"),)


def test_html_and_javascript_are_shown_as_their_text_only() -> None:
    outputs = [display(text_html="<script>a()</script>", application_javascript="a()", text_plain="a table")]
    assert exhibits(outputs) == (Exhibit("a table"),)
    assert exhibits([display(text_html="<script>a()</script>")]) == ()


def test_markdown_is_typeset_and_its_html_escaped() -> None:
    (shown,) = exhibits([display(text_markdown="*a* <b>", text_plain="<Markdown>")])
    assert shown.rich == "<p><em>a</em> &lt;b&gt;</p>\n"


def test_a_progress_bar_leaves_its_last_state() -> None:
    assert plain("10 %\r50 %\r100 %\ndone\r\n") == "100 %\ndone"


def test_of_a_long_output_the_beginning_and_the_end_are_shown() -> None:
    lines = plain("\n".join(str(number) for number in range(500))).split("\n")
    assert len(lines) == MAX_LINES + 1
    assert lines[0] == "0"
    assert lines[-1] == "499"
    assert "... 400 lines left out ..." in lines
    assert plain("x" * 5_000).endswith("... 4,000 characters left out")


def test_of_many_outputs_the_first_are_shown() -> None:
    shown = exhibits([display(text_plain="roar")] * (MAX_EXHIBITS + 7))
    assert len(shown) == MAX_EXHIBITS + 1
    assert shown[-1] == Exhibit("... 7 outputs left out ...")


@pytest.mark.parametrize("text", ["a", "\r", "\x1b[0 ", "\x1b]", "\x1b[" + "0" * 20, " "])
def test_a_text_made_to_be_slow_is_shown_all_the_same(text: str) -> None:
    started = time.process_time()
    assert plain("[" + text * 200_000)
    assert time.process_time() - started < 5  # it takes 0.2 s; where it grew with the square of the length, a minute


def test_characters_that_no_page_can_hold_are_dropped() -> None:
    assert plain("a\x00\x08\x1b]0;title\x07b\ud800") == "ab"
