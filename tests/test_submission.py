"""Reading what students hand in: no fault of theirs is an exception, and each gets a sentence."""

import copy
import json
import os
import resource
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.submission import (
    MAX_CELLS,
    MAX_FILES,
    MAX_FILES_BYTES,
    MAX_NOTEBOOK_BYTES,
    HandedIn,
    Submission,
    Unreadable,
    collect_notebook,
    pack_submission,
    parse_submission,
    read_submission,
)

EMPTY: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


CODE: dict[str, Any] = {
    "cell_type": "code",
    "id": "a",
    "metadata": {},
    "source": "x = 1",
    "outputs": [],
    "execution_count": None,
}


def read(folder: Path) -> Submission | Unreadable:
    return read_submission(folder, "s01", "rnn")


def reason_for(folder: Path, content: bytes | str | dict[str, Any] | list[Any]) -> str:
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    (folder / "rnn.ipynb").write_bytes(text if isinstance(text, bytes) else text.encode())
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.student == "s01"
    return result.reason


def submission_of(folder: Path, content: dict[str, Any], prefix: bytes = b"") -> Submission:
    (folder / "rnn.ipynb").write_bytes(prefix + json.dumps(content).encode())
    result = read(folder)
    assert isinstance(result, Submission), result.reason
    return result


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
        ([], "s01/rnn/rnn.ipynb is not a valid notebook: its JSON has no entry 'nbformat'."),
        ({}, "its JSON has no entry 'nbformat'."),
        ("null", "its JSON has no entry 'nbformat'."),
        ("3", "its JSON has no entry 'nbformat'."),
        ('"text"', "its JSON has no entry 'nbformat'."),
        ("9" * 5000, "is not a notebook: Exceeds the limit"),
        ({**EMPTY, "cells": [{**CODE, "source": "\ud83e"}]}, "surrogates not allowed"),
        ({**EMPTY, "cells": [{**CODE, "metadata": {"a": "\udcff"}}]}, "surrogates not allowed"),
        ({**EMPTY, "cells": [CODE] * (MAX_CELLS + 1)}, "s01/rnn/rnn.ipynb has 2,001 cells, and at most 2,000"),
        ({**EMPTY, "nbformat": 4.0}, "is not a valid notebook"),
        ({**EMPTY, "nbformat": [4]}, "is not a valid notebook"),
        ({**EMPTY, "nbformat_minor": "5"}, "is not a valid notebook"),
        ({**EMPTY, "nbformat_minor": None}, "is not a valid notebook"),
        ({**EMPTY, "metadata": []}, "is not a valid notebook"),
        ({**EMPTY, "metadata": {"kernelspec": "python3"}}, "'python3' is not of type 'object'"),
        ({**EMPTY, "metadata": {"kernelspec": ["python3"]}}, "is not of type 'object'"),
        ({**EMPTY, "metadata": {"language_info": "R"}}, "'R' is not of type 'object'"),
        ({**EMPTY, "metadata": {"language_info": {"name": "julia"}}}, "a notebook for 'julia', and only Python"),
        ({**EMPTY, "cells": None}, "is not a valid notebook"),
        ({**EMPTY, "cells": [1, 2]}, "is not a valid notebook"),
        ({**EMPTY, "cells": [{**CODE, "source": [["x"]]}]}, "is not a valid notebook"),
        ({**EMPTY, "cells": [{**CODE, "cell_type": "heading"}]}, "is not a valid notebook"),
        ({**EMPTY, "cells": [{**CODE, "metadata": "nbgrader"}]}, "is not a valid notebook"),
        ({**EMPTY, "cells": [{**CODE, "id": ["a"]}]}, "is not a valid notebook"),
        ({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": 3}, "is not a valid notebook"),
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


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", "a pointer of Git LFS"),
        (json.dumps(EMPTY).encode("utf-16"), "UTF-16 text, and a notebook is UTF-8"),
        (json.dumps(EMPTY).encode("utf-16-be").join([b"\xfe\xff", b""]), "UTF-16 text, and a notebook is UTF-8"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"%PDF-1.7\n%\xe2", "a PDF document"),
        (b"\n<!DOCTYPE html>", "a web page"),
        (b"\xef\xbb\xbf<html>", "a web page"),
        (bytes(512), "no text: it begins with zeros"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(folder: Path, content: bytes, sentence: str) -> None:
    reason = reason_for(folder, content)
    assert reason.startswith(f"s01/rnn/rnn.ipynb is {sentence}")
    assert reason.endswith(".")


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> laptop"])
def test_the_mark_of_a_merge_conflict_is_called_by_its_name(folder: Path, mark: str) -> None:
    content = json.dumps(EMPTY, indent=1).splitlines()
    content.insert(2, mark)
    assert "its JSON is broken in line 3 of 7 (the mark of a merge conflict)." in reason_for(folder, "\n".join(content))


def test_a_missing_notebook_is_answered_with_what_is_there(folder: Path) -> None:
    (folder / "Copy of rnn.ipynb").write_text("{}")
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.reason == "The notebook rnn.ipynb is missing in s01/rnn: there is only Copy of rnn.ipynb."


def test_names_in_a_sentence_are_shown_without_their_line_breaks_and_bytes(folder: Path) -> None:
    (folder / "two\nlines.ipynb").write_text("{}")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.ipynb")).write_text("{}")
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.reason.endswith(r"there is only '\udcff.ipynb', 'two\nlines.ipynb'.")
    assert result.reason.encode().isascii()


def test_an_empty_folder_is_answered_with_a_sentence(folder: Path) -> None:
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.reason == "The notebook rnn.ipynb is missing in s01/rnn: there is no notebook at all."


def test_a_folder_in_place_of_the_notebook_is_answered_with_a_sentence(folder: Path) -> None:
    (folder / "rnn.ipynb").mkdir()
    result = read(folder)
    assert isinstance(result, Unreadable)
    assert result.reason == "s01/rnn/rnn.ipynb is a folder. Only the notebook itself can be graded."


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


def test_a_module_is_left_out_however_its_name_is_written(folder: Path) -> None:
    submission_of(folder, EMPTY)
    for name in ("NumPy.PY", "x.Pyc", "y.SO", "z.cpython-311-x86_64-linux-gnu.so"):
        (folder / name).write_text("1")
    assert submission_of(folder, EMPTY).files == {}


def test_a_record_of_the_students_own_is_left_out(folder: Path) -> None:
    (folder / "record.json").mkdir()
    (folder / "record.json" / "data.txt").write_text("1")
    (folder / "data").mkdir()
    (folder / "data" / "record.json").write_text("{}")
    assert submission_of(folder, EMPTY).files == {"data/record.json": b"{}"}


def test_odd_file_names_are_taken_along_and_shown_on_one_line(folder: Path) -> None:
    names = ["a b.txt", "-rf", "two\nlines.txt", "ä.txt", "\udcff.txt", "n" * 255]
    for name in names:
        (folder / name).write_text(name, errors="surrogateescape")
    (folder / "a\nlink").symlink_to("nowhere")
    result = submission_of(folder, EMPTY)
    assert set(result.files) == set(names)
    assert result.notices == (r"'a\nlink' is a link or no ordinary file, and was left out.",)


def test_a_pipe_beside_the_notebook_does_not_block_and_is_left_out_with_a_notice(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    result = submission_of(folder, EMPTY)
    assert result.files == {}
    assert result.notices == ("pipe is a link or no ordinary file, and was left out.",)


def test_a_thousand_links_give_a_limited_number_of_notices(folder: Path) -> None:
    for number in range(1000):
        (folder / f"{number:04}").symlink_to("/etc/passwd")
    assert len(submission_of(folder, EMPTY).notices) == MAX_FILES + 1


def test_a_file_that_is_too_large_is_left_out_with_a_notice(folder: Path) -> None:
    with (folder / "large.bin").open("wb") as file:
        file.truncate(MAX_FILES_BYTES + 1)
    result = submission_of(folder, EMPTY)
    assert result.files == {}
    assert result.notices == ("large.bin and what follows it were left out: too many files, or too large ones.",)


def test_a_file_that_cannot_be_read_is_left_out_with_a_notice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "data.csv").write_text("1")
    opened = os.open

    def refuse_data(path: Path, flags: int) -> int:
        if path.name == "data.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr("grading.submission.os.open", refuse_data)
    result = submission_of(folder, EMPTY)
    assert result.files == {}
    assert result.notices == ("data.csv cannot be read (Permission denied), and was left out.",)


def test_a_path_that_is_too_long_for_the_system_does_not_raise(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submission_of(folder, EMPTY)
    monkeypatch.chdir(folder)
    while len(str(Path.cwd())) + 201 < 4090:  # the limit is 4,096
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    Path("f" * 255).touch()
    result = read(folder)
    assert isinstance(result, Submission)
    assert result.files == {}
    assert result.notices[0].endswith("f cannot be read (File name too long), and was left out.")


def test_too_many_files_are_left_out_with_a_notice(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    for number in range(MAX_FILES + 5):
        (folder / f"{number:03}.txt").write_text("")
    result = read(folder)
    assert isinstance(result, Submission)
    assert len(result.files) == MAX_FILES
    assert "too many files" in result.notices[0]


def test_a_notebook_of_format_3_is_read(folder: Path) -> None:
    cell = {"cell_type": "code", "input": ["x = 1\n", "x"], "language": "python", "metadata": {}, "outputs": []}
    sheet = {"cells": [{**cell, "collapsed": False, "prompt_number": 1}], "metadata": {}}
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}
    (result,) = submission_of(folder, old).notebook.cells
    assert (result.cell_type, result.source) == ("code", "x = 1\nx")


@pytest.mark.parametrize("minor", [0, 4, 5])
@pytest.mark.parametrize("cell_ids", [["a", "a"], [None, None], ["a", None], ["cell-1", None]])
def test_cells_with_doubled_or_missing_ids_are_read_whatever_the_format_says(
    folder: Path, minor: int, cell_ids: list[str | None]
) -> None:
    cells = [{**CODE, "id": own_id} for own_id in cell_ids]
    for cell in cells:
        if cell["id"] is None:
            del cell["id"]
    result = submission_of(folder, {**EMPTY, "nbformat_minor": minor, "cells": cells})
    assert [cell.id for cell in result.notebook.cells] == ["cell-0", "cell-1"]


def test_ids_that_are_in_order_stay(folder: Path) -> None:
    result = submission_of(folder, {**EMPTY, "cells": [{**CODE, "id": "b"}, CODE]})
    assert [cell.id for cell in result.notebook.cells] == ["b", "a"]


def test_a_byte_order_mark_is_overlooked(folder: Path) -> None:
    assert submission_of(folder, {**EMPTY, "cells": [CODE]}, prefix=b"\xef\xbb\xbf").notebook.cells[0].source == "x = 1"


def test_a_source_in_lines_is_joined(folder: Path) -> None:
    result = submission_of(folder, {**EMPTY, "cells": [{**CODE, "source": ["a\n", "b"]}]})
    assert result.notebook.cells[0].source == "a\nb"


@pytest.mark.parametrize("junk", ["add_adds", ["add_adds"], {"grade_id": ["a"]}, {"grade_id": {}}, 3, None])
def test_nbgrader_metadata_of_any_shape_is_read(folder: Path, junk: object) -> None:
    result = submission_of(folder, {**EMPTY, "cells": [{**CODE, "metadata": {"nbgrader": junk}}]})
    assert result.notebook.cells[0].source == "x = 1"


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
def test_no_damaged_notebook_raises(
    tmp_path_factory: pytest.TempPathFactory, cells: object, metadata: object, minor: object
) -> None:
    folder = tmp_path_factory.mktemp("s01")
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}
    (folder / "rnn.ipynb").write_text(json.dumps(content))
    assert isinstance(read(folder), Submission | Unreadable)


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """A valid notebook in which some value, at any depth, is something else or missing."""
    content = copy.deepcopy({**EMPTY, "cells": [CODE, {**CODE, "id": "b", "metadata": {"nbgrader": {"grade": True}}}]})
    place: Any = content
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else list(place)
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
        elif draw(st.booleans()):
            place[key] = draw(JUNK)
            return content
        else:
            del place[key]
            return content


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_no_valid_notebook_with_a_damage_raises(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    folder = tmp_path_factory.mktemp("s01")
    (folder / "rnn.ipynb").write_text(json.dumps(content))
    result = read(folder)
    assert isinstance(result, Submission | Unreadable)
    if isinstance(result, Submission):
        nbformat.validate(result.notebook)
        assert nbformat.writes(result.notebook).encode()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("s01")
    (folder / "rnn.ipynb").write_bytes(content)
    assert isinstance(read(folder), Unreadable)


def test_a_notebook_that_may_not_be_read_is_answered_with_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, flags: int) -> int:  # not chmod: root may read every file
        raise PermissionError(13, "Permission denied", str(path))

    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    monkeypatch.setattr("grading.submission.os.open", refuse)
    assert read(folder) == Unreadable("s01", "s01/rnn cannot be read: Permission denied.")


def test_a_single_notebook_is_read_under_any_name_and_alone(folder: Path) -> None:
    (folder / "my solution.ipynb").write_text(json.dumps({**EMPTY, "cells": [CODE]}))
    (folder / "data.csv").write_text("1")
    result = collect_notebook(folder / "my solution.ipynb", "s01")
    assert isinstance(result, HandedIn)
    assert (result.label, result.files) == ("my solution.ipynb", {})
    missing = collect_notebook(folder / "other.ipynb", "s01")
    assert isinstance(missing, Unreadable)
    assert missing.reason.startswith("The notebook other.ipynb is missing in s01/rnn")


def test_a_submission_is_the_same_after_it_was_packed(folder: Path) -> None:
    (folder / "data.csv").write_text("1")
    submission = submission_of(folder, {**EMPTY, "cells": [CODE]})
    assert parse_submission(pack_submission(submission)) == submission


def test_reading_leaves_no_file_open(folder: Path) -> None:
    (folder / "rnn.ipynb").write_text(json.dumps(EMPTY))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        read(folder)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
