"""Read what a student handed in. Everything here is hostile input: sizes are bounded, links are not followed."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MAX_NOTEBOOK_BYTES = 20_000_000  # a notebook with many plots has 2 MB; ten times that
MAX_FILES_BYTES = 50_000_000  # beside the notebook, in all
MAX_FILES = 200  # the release itself has about a dozen


@dataclass(frozen=True)
class Submission:
    """A notebook that can be graded, and what lies beside it."""

    student: str
    notebook: NotebookNode
    files: dict[str, bytes] = field(default_factory=dict)  # by path relative to the folder
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A submission that cannot be graded, and the sentence that says why."""

    student: str
    reason: str


class _RejectedError(Exception):
    """Carries the reason up to `read_submission`."""


def read_submission(folder: Path, student: str, assignment: str) -> Submission | Unreadable:
    """Read one folder under `submitted/`; a fault of the student's is a value, never an exception."""
    path = folder / f"{assignment}.ipynb"
    try:
        notebook = _parse(_read_notebook(path), path)
        _reject_other_language(notebook, path)
        files, notices = _read_files(folder)
    except _RejectedError as rejected:
        return Unreadable(student, str(rejected))
    return Submission(student, notebook, files, notices)


def _read_notebook(path: Path) -> bytes:
    if not path.parent.is_dir() or path.parent.is_symlink():
        raise _RejectedError(f"{_label(path.parent)} is not a folder, so there is nothing to grade.")
    if not os.path.lexists(path):
        others = sorted(other.name for other in path.parent.glob("*.ipynb"))
        found = f"there is only {', '.join(others)}" if others else "there is no notebook at all"
        raise _RejectedError(f"The notebook {path.name} is missing in {_label(path.parent)}: {found}.")
    if path.is_symlink() or not path.is_file():
        raise _RejectedError(f"{_label(path)} is a link or no ordinary file. Only the notebook itself can be graded.")
    if (size := path.stat().st_size) > MAX_NOTEBOOK_BYTES:
        raise _RejectedError(
            f"{_label(path)} has {size:,} bytes, and at most {MAX_NOTEBOOK_BYTES:,} are read. Clear its outputs."
        )
    return _read_bytes(path)


def _label(path: Path) -> str:
    """Return a path as students know it, from the student's id on, without the folders of this machine."""
    return "/".join(path.parts[-3:] if path.suffix else path.parts[-2:])


def _parse(data: bytes, path: Path) -> NotebookNode:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _RejectedError(f"{_label(path)} is not UTF-8 text: byte {error.start:,} cannot be read.") from error
    if not text.strip():
        raise _RejectedError(f"{_label(path)} is empty.")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,} of {text.count(chr(10)) + 1:,}"
        raise _RejectedError(
            f"{_label(path)} is not a notebook: its JSON is broken in {where} ({error.msg})."
        ) from error
    except RecursionError as error:
        raise _RejectedError(f"{_label(path)} is not a notebook: it is nested too deeply.") from error
    try:
        # not nbformat.reads, which prints what is invalid before it is asked
        notebook: NotebookNode = nbformat.convert(nbformat.reader.reads(text), to_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        # Which one does not matter: for some file or other nbformat raises ValidationError, KeyError, AttributeError,
        # TypeError, AssertionError, ... and every time it is the file that is no notebook.
        raise _RejectedError(f"{_label(path)} is not a valid notebook: {_first_line(error)}") from error
    return notebook


def _first_line(error: Exception) -> str:
    """Return what a parser says, in at most one short line: it may quote the whole file."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line if len(line) <= 160 else line[:160] + " ..."


def _reject_other_language(notebook: NotebookNode, path: Path) -> None:
    kernelspec = notebook.metadata.get("kernelspec") or {}
    language = kernelspec.get("language") or "python"
    if str(language).lower() != "python":
        raise _RejectedError(f"{_label(path)} is a notebook for {language!r}, and only Python can be graded.")


def _read_files(folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Read what lies beside the notebook: ordinary files only, and no code that an import could find."""
    files: dict[str, bytes] = {}
    notices, total = [], 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        information = path.lstat()
        if not stat.S_ISREG(information.st_mode):
            notices.append(f"{name} is a link or no ordinary file, and was left out.")
        elif total + information.st_size > MAX_FILES_BYTES or len(files) >= MAX_FILES:
            notices.append(f"{name} and what follows it were left out: too many files, or too large ones.")
            break
        elif not _is_importable(path) and path.suffix != ".ipynb":
            files[name] = _read_bytes(path)
            total += information.st_size
    return files, tuple(notices)


def _walk(folder: Path) -> list[Path]:
    """Return the files below `folder` in a fixed order, without following links and without hidden ones."""
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        found += [Path(parent, name) for name in sorted(names + links) if not name.startswith(".")]
    return found


def _is_importable(path: Path) -> bool:
    """A module of the student's, such as a `numpy.py`, must never stand where Python looks first."""
    return path.suffix in {".py", ".pyc", ".so", ".pth", ".pyd", ".zip", ".egg", ".whl"}


def _read_bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
