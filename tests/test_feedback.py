"""What the feedback of a check says, and what it keeps to itself."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grading.feedback import EscapeMarkdown, HideTests, TellSandbox
from grading.report import Record, save_record
from grading.scoring import CheckResult

SOURCE = "# adds\nassert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\nassert add(5, 6) == 11, 'secret'\n### END HIDDEN TESTS"


def shown(folder: Path, score: float, *outputs: NotebookNode, message: str | None = None) -> NotebookNode:
    """Return the check as the feedback shows it; with a `message`, a record says what became of it."""
    if message is not None:
        check = CheckResult("adds", "adds", "add", "passed" if not message else "failed", score, 2, message)
        save_record(Record("s01", "a", "graded", (check,)), folder)
    settings = NotebookNode(grade=True, points=2, score=score, grade_id="adds")
    cell = new_code_cell(SOURCE, metadata=NotebookNode(nbgrader=settings), outputs=list(outputs))
    treated, _ = HideTests().preprocess(new_notebook(cells=[cell]), {"metadata": {"path": str(folder)}})
    return treated.cells[0]


def failed(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=["assert add(5, 6) == 11, 'secret'"])


@pytest.mark.parametrize(
    ("score", "outputs", "message", "line"),
    [
        (2, [], "", "Passed."),
        (2, [new_output("stream", name="stdout", text="add was called with 5 and 6")], "", "Passed."),
        (0, [failed("AssertionError", "add should add.")], "add should add.", "add should add."),
        (
            0,
            [failed("ValueError", "5 is bad")],
            "ValueError: for inputs that stay hidden",
            "ValueError: for inputs that",
        ),
        (0, [], None, "No points: the check did not end as it should."),
        (0, [failed("ValueError", "5 is bad")], None, "No points: the check did not end as it should."),
        (0.5, [], None, "0.5 of 2 points."),
        (2, [], None, "Passed."),
    ],
)
def test_a_check_shows_one_line_and_nothing_hidden(
    tmp_path: Path, score: float, outputs: list[NotebookNode], message: str | None, line: str
) -> None:
    cell = shown(tmp_path, score, *outputs, message=message)
    assert cell.source == "# adds\nassert add(1, 2) == 3"
    (output,) = cell.outputs
    assert output.text.startswith(line)
    assert "5 is bad" not in output.text


def test_cells_of_the_students_keep_their_outputs(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[failed("NameError", "no add")])])
    treated, _ = HideTests().preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    assert treated.cells[0].outputs == [failed("NameError", "no add")]


def test_a_page_says_when_there_was_no_sandbox(tmp_path: Path) -> None:
    for sandbox, cells in (("full", 0), ("none", 1)):
        save_record(Record("s01", "a", "graded", sandbox=sandbox), tmp_path)
        treated, _ = TellSandbox().preprocess(new_notebook(), {"metadata": {"path": str(tmp_path)}})
        assert [cell.source for cell in treated.cells] == ["*Graded without a sandbox.*"] * cells


def test_html_in_markdown_becomes_text() -> None:
    cell, _ = EscapeMarkdown().preprocess_cell(new_markdown_cell("a <script>b</script>"), {}, 0)
    assert "<" not in cell.source
