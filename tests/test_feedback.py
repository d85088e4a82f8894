"""What the feedback of a check says, and what it keeps to itself."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from grading.feedback import EscapeMarkdown, HideTests

SOURCE = "# adds\nassert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\nassert add(5, 6) == 11, 'secret'\n### END HIDDEN TESTS"


def shown(score: float, *outputs: NotebookNode) -> NotebookNode:
    settings = NotebookNode(grade=True, points=2, score=score, grade_id="adds")
    cell = new_code_cell(SOURCE, metadata=NotebookNode(nbgrader=settings), outputs=list(outputs))
    treated, _ = HideTests().preprocess_cell(cell, {}, 0)
    return treated


def failed(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=["assert add(5, 6) == 11, 'secret'"])


@pytest.mark.parametrize(
    ("score", "outputs", "line"),
    [
        (2, [], "Passed."),
        (2, [new_output("stream", name="stdout", text="add was called with 5 and 6")], "Passed."),
        (0, [failed("AssertionError", "add should add.")], "add should add."),
        (0, [failed("NameError", "no add")], "NameError: no add"),
        (0, [], "No points: the check did not end as it should."),
        (0.5, [], "0.5 of 2 points."),
    ],
)
def test_a_check_shows_one_line_and_nothing_hidden(score: float, outputs: list[NotebookNode], line: str) -> None:
    cell = shown(score, *outputs)
    assert cell.source == "# adds\nassert add(1, 2) == 3"
    assert [output.text for output in cell.outputs] == [f"{line}\n"]


def test_cells_of_the_students_keep_their_outputs() -> None:
    cell = new_code_cell("1", outputs=[failed("NameError", "no add")])
    assert HideTests().preprocess_cell(cell, {}, 0)[0].outputs == [failed("NameError", "no add")]


def test_html_in_markdown_becomes_text() -> None:
    cell, _ = EscapeMarkdown().preprocess_cell(new_markdown_cell("a <script>b</script>"), {}, 0)
    assert "<" not in cell.source
