"""Reading what students hand in: no fault of theirs is an exception, and each gets a sentence."""

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.submission import MAX_FILES, MAX_NOTEBOOK_BYTES, Submission, Unreadable, read_submission

EMPTY: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def read(folder: Path) -> Submission | Unreadable:
    return read_submission(folder, "s01", "rnn")


def reason_for(folder: Path, content: bytes | str | dict[str, Any] | list[Any]) -> str:
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    (folder / "rnn.ipynb").write_bytes(text if isinstance(text, bytes) else text.encode())
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.student == "s01"
    return result.reason


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "s01" / "rnn"
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "s01/rnn/rnn.ipynb is empty."),
        (" \n ", "s01/rnn/rnn.ipynb is empty."),
        ('{"cells": [\n"def', "its JSON is broken in line 2 of 2 (unterminated string)."),
        (b'{"a": "\xff"}', "s01/rnn/rnn.ipynb is not UTF-8 text: byte 7 cannot be read."),
        ("[" * 100_000, "is nested too deeply"),
        ("[" * 500 + "]" * 500, "is not a valid notebook"),
        ([], "is not a valid notebook"),
        ({}, "is not a valid notebook"),
        ("null", "is not a valid notebook"),
        ("3", "is not a valid notebook"),
        ({**EMPTY, "nbformat": 99}, "is not a"),
        ({**EMPTY, "cells": [{"cell_type": "code", "source": 3}]}, "is not a valid notebook"),
        ({**EMPTY, "cells": "none"}, "is not a"),
        ({**EMPTY, "metadata": {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}}, "only Python"),
    ],
)
def test_what_is_no_notebook_is_answered_with_a_sentence(
    folder: Path, content: bytes | str | dict[str, Any] | list[Any], sentence: str
) -> None:
    reason = reason_for(folder, content)
    assert sentence in reason
    assert len(reason) < 400
    assert str(folder) not in reason  # no path of this machine reaches a student


def test_a_missing_notebook_is_answered_with_what_is_there(folder: Path) -> None:
    (folder / "Copy of rnn.ipynb").write_text("{}")
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.reason == "The notebook rnn.ipynb is missing in s01/rnn: there is only Copy of rnn.ipynb."


def test_a_file_in_place_of_the_folder_is_answered_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "rnn").write_text("")
    result = read(tmp_path / "rnn")
    assert isinstance(result, Unreadable)
    assert "is not a folder" in result.reason


def test_a_link_in_place_of_the_notebook_is_not_followed(folder: Path) -> None:
    secret = folder.parent / "secret.ipynb"
    secret.write_text(json.dumps(EMPTY))
    (folder / "rnn.ipynb").symlink_to(secret)
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert "is a link or no ordinary file" in result.reason


def test_a_link_in_place_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    (folder.parent / "other").symlink_to(folder)
    assert isinstance(read(folder.parent / "other"), Unreadable)


def test_a_pipe_in_place_of_the_notebook_does_not_block(folder: Path) -> None:
    os.mkfifo(folder / "rnn.ipynb")
    assert isinstance(read(folder), Unreadable)


def test_a_notebook_that_is_too_large_is_not_read(folder: Path) -> None:
    with (folder / "rnn.ipynb").open("wb") as file:
        file.truncate(MAX_NOTEBOOK_BYTES + 1)
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert "Clear its outputs" in result.reason


def test_only_files_that_no_import_can_find_are_taken_along(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    for name in ("numpy.py", "utils.py", "x.pth", "y.so", "other.ipynb", ".hidden", "data.csv"):
        (folder / name).write_text("1")
    (folder / "utils").mkdir()
    (folder / "utils" / "names.txt").write_text("rex")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder_link").symlink_to("/etc")
    result = read(folder)
    assert isinstance(result, Submission)
    assert result.files == {"data.csv": b"1", "utils/names.txt": b"rex"}
    assert sorted(notice.split()[0] for notice in result.notices) == ["folder_link", "link"]


def test_too_many_files_are_left_out_with_a_notice(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    for number in range(MAX_FILES + 5):
        (folder / f"{number:03}.txt").write_text("")
    result = read(folder)
    assert isinstance(result, Submission)
    assert len(result.files) == MAX_FILES
    assert "too many files" in result.notices[0]


def test_a_notebook_of_an_older_format_is_read(folder: Path) -> None:
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [], "metadata": {}}]}
    (folder / "rnn.ipynb").write_text(json.dumps(old))
    assert isinstance(read(folder), Submission)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", 3]) | JUNK,
        "source": st.text(max_size=20) | JUNK,
        "metadata": st.dictionaries(st.sampled_from(["nbgrader", "tags"]), JUNK, max_size=2) | JUNK,
        "outputs": JUNK,
        "execution_count": JUNK,
        "id": st.sampled_from(["a", "b", ""]) | JUNK,
    },
)


@settings(max_examples=150, deadline=None)
@given(
    cells=st.lists(CELL, max_size=3) | JUNK,
    metadata=st.fixed_dictionaries({}, optional={"kernelspec": JUNK, "language_info": JUNK}) | JUNK,
    minor=st.integers(-1, 7) | JUNK,
)
@pytest.mark.filterwarnings("ignore")
def test_no_damaged_notebook_raises(
    tmp_path_factory: pytest.TempPathFactory, cells: object, metadata: object, minor: object
) -> None:
    folder = tmp_path_factory.mktemp("s01")
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}
    (folder / "rnn.ipynb").write_text(json.dumps(content))
    assert isinstance(read(folder), Submission | Unreadable)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("s01")
    (folder / "rnn.ipynb").write_bytes(content)
    assert isinstance(read(folder), Unreadable)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
def test_a_notebook_that_may_not_be_read_is_answered_with_a_sentence(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    (folder / "rnn.ipynb").chmod(0)
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert "cannot be read" in result.reason


def test_reading_leaves_no_file_open(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        read(folder)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
