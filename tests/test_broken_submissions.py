"""Submissions as students hand them in when something went wrong: each gets the verdict that its folder is named for.

`broken_submissions/<verdict>/<name>/` is a folder as it was handed in, and <verdict> is that of the first check that is
not passed, or "unreadable". `broken_submissions/expected.json` tells its story, with all verdicts and the points.
"""

import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jsonschema import Draft202012Validator
from nbformat import NotebookNode

from grading.course import Course
from grading.execution import Limits
from grading.job import Task, grade_one
from grading.report import Record, as_json, schema
from grading.submission import HandedIn, Unreadable, collect_submission, parse_submission

FOLDER = Path(__file__).with_name("broken_submissions")
SUBMISSIONS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*") if path.is_dir())
UNREADABLE = [name for name in SUBMISSIONS if name.startswith("unreadable/")]
GRADED = [name for name in SUBMISSIONS if name not in UNREADABLE]
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
# A right solution takes milliseconds and megabytes. One with an endless loop takes four cells' time in all.
LIMITS = Limits(cell=2, notebook=20, memory=300_000_000)
HIDDEN = r"(?<![\w.])(73\.25|-1\.5|-4|17)(?!\w)"  # what only the hidden tests of the assignment hold


@pytest.fixture(scope="session")
def task(tiny: Task) -> Task:
    return replace(tiny, limits=LIMITS)


def hand_in(name: str, folder: Path) -> HandedIn | Unreadable:
    """Copy a submission to where it would be handed in, and read it there."""
    assignment = EXPECTED[name].get("assignment", "tiny")
    submitted = folder / "submitted" / "s01" / assignment
    shutil.copytree(FOLDER / name, submitted, symlinks=True)
    return collect_submission(submitted, "s01", assignment)


def assert_fit_for_students(text: str, folder: Path, repository: Course) -> None:
    """A sentence, or the name of an exception and what it says, in one short line and without anything secret."""
    assert text == " ".join(text.split())
    assert len(text) < 400
    assert re.match(r"[A-Z]|s01/|[a-z]+\(", text), text
    assert text.endswith((".", "?", "!")) or re.match(r"\w+: \S", text), text
    places = (repository.root, sys.prefix, sys.base_prefix, tempfile.gettempdir(), folder, Path.home())
    assert not [place for place in places if str(place) in text], text
    assert "<ipython" not in text


def assert_valid(record: Record) -> None:
    Draft202012Validator(schema()).validate(json.loads(json.dumps(as_json(record))))


def assert_holds_the_assignment(notebook: NotebookNode, task: Task) -> None:
    """Every cell of the assignment stands in the executed notebook once, and the locked ones are as they were."""
    nbformat.validate(notebook)
    own = [cell for cell in notebook.cells if "grade_id" in cell.metadata.get("nbgrader", {})]
    assert Counter(cell.metadata.nbgrader.grade_id for cell in own) == Counter(list(task.assignment.cells))
    for cell in own:
        original = task.assignment.cells[cell.metadata.nbgrader.grade_id]
        assert cell.metadata == original.metadata
        assert cell.source == original.source or original.metadata.nbgrader.solution


@pytest.mark.parametrize("name", GRADED)
def test_a_broken_submission_has_the_verdicts_of_its_story(
    name: str, task: Task, tmp_path: Path, repository: Course
) -> None:
    handed_in = hand_in(name, tmp_path)
    assert isinstance(handed_in, HandedIn), handed_in
    graded = grade_one(task, handed_in)
    record, expected = graded.record, EXPECTED[name]
    assert record.status == "graded", record.message
    assert {check.grade_id: check.verdict for check in record.checks} == expected["verdicts"], record.checks
    assert record.points == expected["points"]
    assert record.sandbox == "full"
    assert graded.faults == ()
    assert_valid(record)
    for check in record.checks:
        assert bool(check.message) == (check.verdict != "passed")
        if check.message:
            assert_fit_for_students(check.message, tmp_path, repository)
            assert not re.search(HIDDEN, check.message), check.message
    for notice in record.notices:
        assert_fit_for_students(notice, tmp_path, repository)
    assert_holds_the_assignment(nbformat.reads(graded.notebook, as_version=4), task)


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_submission_gets_the_reason_and_no_points(
    name: str, task: Task, tmp_path: Path, repository: Course
) -> None:
    result = hand_in(name, tmp_path)
    if isinstance(result, HandedIn):
        record = grade_one(task, result).record
        parsed = parse_submission(result)
        assert isinstance(parsed, Unreadable)
        assert (record.status, record.message, record.checks) == ("unreadable", parsed.reason, ())
        assert_valid(record)
        result = parsed
    assert EXPECTED[name]["message"] in result.reason
    assert_fit_for_students(result.reason, tmp_path, repository)


@pytest.mark.parametrize("name", GRADED)
def test_the_folder_is_named_for_the_first_check_that_is_not_passed(name: str, tiny: Task) -> None:
    verdicts = EXPECTED[name]["verdicts"]
    assert list(verdicts) == [check.grade_id for check in tiny.assignment.grade_cells]
    assert next(verdict for verdict in verdicts.values() if verdict != "passed") == name.partition("/")[0]


def test_every_folder_has_its_story_and_every_story_its_folder() -> None:
    assert sorted(EXPECTED) == SUBMISSIONS
    stories = [entry["story"] for entry in EXPECTED.values()]
    assert len(set(stories)) == len(stories)
    assert all(story[0].isupper() and story.endswith(".") for story in stories)
    assert all(any((FOLDER / name).rglob("*")) for name in SUBMISSIONS)  # git keeps no empty folder


def test_every_verdict_has_its_broken_submissions() -> None:
    assert len(SUBMISSIONS) >= 30
    found = Counter(name.partition("/")[0] for name in SUBMISSIONS)
    verdicts = set(schema()["$defs"]["check"]["properties"]["verdict"]["enum"]) - {"passed"}
    assert set(found) == verdicts | {"unreadable"}
    assert all(found[verdict] >= 2 for verdict in verdicts - {"not_reached"})
