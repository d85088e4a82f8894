"""The texts beside a notebook while it is graded."""

import hashlib
import json
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook

from grading.course import Assignment
from grading.data import fetch_texts, missing_texts, texts_of
from grading.errors import CourseError, GradingError
from utils.texts import TEXTS, Text

OWN = b"A small text of our own."


@pytest.fixture
def assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """An assignment that reads a text, which is nowhere yet."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "given"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(
        TEXTS, "own.txt", Text("Our own", "http://127.0.0.1:9/own.txt", hashlib.sha256(OWN).hexdigest())
    )
    return written(tmp_path, ["own.txt"])


def written(folder: Path, texts: list[str]) -> Assignment:
    path = folder / "source.ipynb"
    path.write_text(json.dumps(new_notebook(metadata={"texts": texts})), encoding="utf-8")
    return Assignment("own", path)


def test_a_text_that_is_at_hand_lies_beside_the_notebook(assignment: Assignment, tmp_path: Path) -> None:
    assert texts_of(assignment) == {}
    assert missing_texts(assignment) == ["own.txt"]
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "own.txt").write_bytes(OWN)
    assert texts_of(assignment) == {"data/own.txt": OWN}
    assert missing_texts(assignment) == []
    assert list(fetch_texts(assignment)) == []


def test_a_text_that_cannot_be_had_is_told_and_does_not_stop_anything(assignment: Assignment) -> None:
    (sentence,) = fetch_texts(assignment)
    assert sentence.startswith("own.txt (Our own) is in no folder, and could not be downloaded")
    assert sentence.endswith("checks do not need it.")


def test_a_wrong_file_or_name_is_an_error_of_the_course(assignment: Assignment, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "own.txt").write_text("something else")
    with pytest.raises(GradingError, match="is not the text that is meant"):
        texts_of(assignment)
    with pytest.raises(CourseError, match=r"names the text 'poem.txt' in its metadata. Known texts: timemachine.txt"):
        texts_of(written(tmp_path, ["poem.txt"]))
