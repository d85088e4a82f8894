"""What is kept of the run of the reference solutions."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from grading.autograde import released_files
from grading.course import Assignment, Course
from grading.reference import FILE, load_reference_run, renew_reference_run, state_of

MODULES = {"utils/rnn.py": b"import numpy", "notes.txt": b"notes"}


@pytest.fixture
def own(assignment: Assignment, tmp_path: Path) -> Assignment:
    """The assignment with a source notebook that a test may change."""
    source = tmp_path / assignment.source.name
    source.write_bytes(assignment.source.read_bytes())
    return Assignment(assignment.name, source)


def executed(assignment: Assignment, text: str) -> str:
    notebook = copy.deepcopy(assignment.notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            figure = {"image/svg+xml": "<svg><metadata>2026</metadata>\n<g/></svg>", "text/plain": "<Figure at 0x1>"}
            cell.outputs = [new_output("stream", text=text), new_output("display_data", data=figure)]
    return nbformat.writes(notebook)


def test_only_what_the_compared_cells_show_is_kept(own: Assignment) -> None:
    assert renew_reference_run(own, MODULES, executed(own, "names"))
    run = load_reference_run(own)
    assert list(run.outputs) == ["look-at-the-loss-curve", "invent-names"]
    printed, figure = run.outputs["invent-names"]
    assert printed["text"] == "names"
    assert figure == {"output_type": "display_data", "data": {"image/svg+xml": "<svg><g/></svg>"}}
    text = own.source.with_name(FILE).read_text()
    assert "HIDDEN" not in text
    assert "def clip" not in text


def test_a_run_of_the_same_source_stays_and_one_of_another_is_replaced(own: Assignment) -> None:
    renew_reference_run(own, MODULES, executed(own, "first"))
    assert not renew_reference_run(own, MODULES, executed(own, "second"))
    assert load_reference_run(own).outputs["invent-names"][0]["text"] == "first"
    own.source.write_text(own.source.read_text().replace("range(100, 112)", "range(100, 113)"))
    changed = Assignment(own.name, own.source)
    assert renew_reference_run(changed, MODULES, executed(changed, "third"))
    assert load_reference_run(changed).outputs["invent-names"][0]["text"] == "third"
    assert not renew_reference_run(changed, {**MODULES, "notes.txt": b"others"}, executed(changed, "fourth"))
    assert renew_reference_run(changed, {**MODULES, "utils/rnn.py": b"import math"}, executed(changed, "fifth"))


def test_a_run_in_which_a_compared_cell_fails_is_not_kept(own: Assignment) -> None:
    notebook = nbformat.reads(executed(own, "names"), as_version=4)
    error = new_output("error", ename="TextError", evalue="no network", traceback=[])
    next(cell for cell in notebook.cells if cell.id == "invent-names").outputs = [error]
    assert not renew_reference_run(own, MODULES, nbformat.writes(notebook))
    assert load_reference_run(own).outputs == {}


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"source": "x"}', "\x00"])
def test_without_a_file_that_can_be_read_there_is_no_run(own: Assignment, content: str | None) -> None:
    if content is not None:
        own.source.with_name(FILE).write_text(content)
    assert load_reference_run(own).outputs == {}


def test_the_committed_run_belongs_to_the_committed_source(repository: Course) -> None:
    for name in repository.assignments():
        assignment = repository.assignment(name)
        path = assignment.source.with_name(FILE)
        if path.is_file():
            state = state_of(assignment, released_files(repository, assignment))
            assert json.loads(path.read_text())["source"] == state, f"Run: grading release {name}"


def test_the_run_does_not_go_to_students(released_course: Course, assignment: Assignment) -> None:
    assert assignment.source.with_name(FILE).is_file()
    assert not list(released_course.release(assignment.name).rglob(FILE))
