"""Read what a student handed in. Everything here is hostile input: sizes are bounded, links are not followed.

`collect_submission` reads bytes from the course folder; `parse_submission` makes a notebook of them, in a worker.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.report import RECORD

MAX_NOTEBOOK_BYTES = 20_000_000  # a notebook with many plots has 2 MB; ten times that
MAX_CELLS = 2_000  # the course's notebook has 45; 400,000 empty cells fit into the bytes, and take a minute to read
MAX_FILES_BYTES = 50_000_000  # beside the notebook, in all
MAX_FILES = 200  # the release itself has about a dozen


# What lies under the name of a notebook now and then, by its first bytes. Such a file gets a sentence of its own.
OTHER_FILES = (
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, and the notebook itself was not handed in. Run git lfs pull first.",
    ),
    (b"\xff\xfe", "UTF-16 text, and a notebook is UTF-8. Save it with Jupyter."),
    (b"\xfe\xff", "UTF-16 text, and a notebook is UTF-8. Save it with Jupyter."),
    (b"PK\x03\x04", "a ZIP archive. Hand in what is in it."),
    (b"%PDF-", "a PDF document. Hand in the notebook itself."),
    (b"<", "a web page or another HTML file. Hand in the notebook itself."),
    (b"\0\0\0\0", "no text: it begins with zeros, as after a full disk. Save the notebook, and hand it in again."),
)


@dataclass(frozen=True)
class HandedIn:
    """What lies in a submitted folder, as bytes."""

    student: str
    label: str  # the path of the notebook as students know it
    notebook: bytes
    files: dict[str, bytes] = field(default_factory=dict)  # by path relative to the folder
    notices: tuple[str, ...] = ()


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
    handed_in = collect_submission(folder, student, assignment)
    return handed_in if isinstance(handed_in, Unreadable) else parse_submission(handed_in)


def collect_submission(folder: Path, student: str, assignment: str) -> HandedIn | Unreadable:
    """Read the bytes of one folder under `submitted/`."""
    path = folder / f"{assignment}.ipynb"
    try:
        data = _read_notebook(path)
        files, notices = _read_files(folder)
    except _RejectedError as rejected:
        return Unreadable(student, str(rejected))
    except OSError as error:
        return Unreadable(student, f"{_label(folder)} cannot be read: {error.strerror}.")
    return HandedIn(student, _label(path), data, files, notices)


def collect_notebook(path: Path, student: str) -> HandedIn | Unreadable:
    """Read the bytes of one notebook, wherever it lies, and of nothing beside it."""
    try:
        return HandedIn(student, path.name, _read_notebook(path))
    except _RejectedError as rejected:
        return Unreadable(student, str(rejected))
    except OSError as error:
        return Unreadable(student, f"{path.name} cannot be read: {error.strerror}.")


def parse_submission(handed_in: HandedIn) -> Submission | Unreadable:
    """Make a notebook of what was handed in."""
    try:
        notebook = _parse(handed_in.notebook, handed_in.label)
        _reject_other_language(notebook, handed_in.label)
    except _RejectedError as rejected:
        return Unreadable(handed_in.student, str(rejected))
    return Submission(handed_in.student, notebook, handed_in.files, handed_in.notices)


def pack_submission(submission: Submission) -> HandedIn:
    """Return a submission as bytes, as if it had been handed in."""
    data = json.dumps(submission.notebook).encode()
    return HandedIn(submission.student, submission.student, data, submission.files, submission.notices)


def _read_notebook(path: Path) -> bytes:
    if not path.parent.is_dir() or path.parent.is_symlink():
        raise _RejectedError(f"{_label(path.parent)} is not a folder, so there is nothing to grade.")
    if not os.path.lexists(path):
        others = sorted(_shown(other.name) for other in path.parent.glob("*.ipynb"))
        found = f"there is only {', '.join(others)}" if others else "there is no notebook at all"
        raise _RejectedError(f"The notebook {path.name} is missing in {_label(path.parent)}: {found}.")
    if path.is_dir() and not path.is_symlink():
        raise _RejectedError(f"{_label(path)} is a folder. Only the notebook itself can be graded.")
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


def _shown(name: str) -> str:
    """Return a file's name fit for a sentence: a name may hold line breaks, and bytes that are no text."""
    return name if name.isprintable() else repr(name)


def _parse(data: bytes, label: str) -> NotebookNode:
    for beginning, what in OTHER_FILES:
        if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(beginning):
            raise _RejectedError(f"{label} is {what}")
    try:
        text = data.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError as error:
        raise _RejectedError(f"{label} is not UTF-8 text: byte {error.start:,} cannot be read.") from error
    if not text.strip():
        raise _RejectedError(f"{label} is empty.")
    _reject_other_json(text, label)
    try:
        # not nbformat.reads, which prints what is invalid before it is asked
        notebook: NotebookNode = nbformat.convert(nbformat.reader.reads(text), to_version=4)
        _mend_ids(notebook)
        nbformat.validate(notebook)
    except Exception as error:
        # Which one does not matter: for some file or other nbformat raises ValidationError, KeyError, AttributeError,
        # TypeError, AssertionError, ... and every time it is the file that is no notebook.
        raise _RejectedError(f"{label} is not a valid notebook: {_first_line(error)}") from error
    return notebook


def _reject_other_json(text: str, label: str) -> None:
    """Say what is wrong where nbformat would only stumble, and before it works for minutes."""
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()  # JSON may hold half of a surrogate pair, and no file can
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,} of {text.count(chr(10)) + 1:,}"
        what = error.msg.removesuffix(" starting at").lower()
        if _is_conflict(text.splitlines()[error.lineno - 1 :]):
            what = "the mark of a merge conflict"
        raise _RejectedError(f"{label} is not a notebook: its JSON is broken in {where} ({what}).") from error
    except RecursionError as error:
        raise _RejectedError(f"{label} is not a notebook: it is nested too deeply.") from error
    except ValueError as error:  # such a half, or a number of more than 4,300 digits
        raise _RejectedError(f"{label} is not a notebook: {_first_line(error)}") from error
    if not isinstance(content, dict) or "nbformat" not in content:
        raise _RejectedError(f"{label} is not a valid notebook: its JSON has no entry 'nbformat'.")
    cells = content.get("cells")
    if isinstance(cells, list) and len(cells) > MAX_CELLS:
        raise _RejectedError(f"{label} has {len(cells):,} cells, and at most {MAX_CELLS:,} are graded.")


def _is_conflict(lines: list[str]) -> bool:
    return bool(lines) and lines[0].startswith(("<<<<<<< ", "=======", ">>>>>>> "))


def _mend_ids(notebook: NotebookNode) -> None:
    """Number the cells anew where an id is missing or doubled, as in older notebooks and after some editors."""
    cells = notebook.get("cells", [])
    ids = [cell.get("id") for cell in cells]
    if notebook.nbformat_minor < 5 or None in ids or len(set(ids)) < len(ids):
        notebook.nbformat_minor = 5
        for position, cell in enumerate(cells):
            cell["id"] = f"cell-{position}"


def _first_line(error: Exception) -> str:
    """Return what a parser says, in at most one short line: it may quote the whole file."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line if len(line) <= 160 else line[:160] + " ..."


def _reject_other_language(notebook: NotebookNode, label: str) -> None:
    kernelspec = notebook.metadata.get("kernelspec") or {}
    information = notebook.metadata.get("language_info") or {}
    language = kernelspec.get("language") or information.get("name") or "python"
    if str(language).lower() != "python":
        raise _RejectedError(f"{label} is a notebook for {language!r}, and only Python can be graded.")


def _read_files(folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Read what lies beside the notebook: ordinary files only, and no code that an import could find."""
    files: dict[str, bytes] = {}
    notices: list[str] = []
    total = 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if _is_reserved(path, folder):
            continue
        try:
            information = path.lstat()
            if total + information.st_size > MAX_FILES_BYTES or len(files) + len(notices) >= MAX_FILES:
                notices.append(f"{_shown(name)} and what follows it were left out: too many files, or too large ones.")
                break
            if stat.S_ISREG(information.st_mode):
                files[name] = _read_bytes(path)
                total += information.st_size
            else:
                notices.append(f"{_shown(name)} is a link or no ordinary file, and was left out.")
        except OSError as error:
            notices.append(f"{_shown(name)} cannot be read ({error.strerror}), and was left out.")
    return files, tuple(notices)


def _walk(folder: Path) -> list[Path]:
    """Return the files below `folder` in a fixed order, without following links and without hidden ones."""
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        found += [Path(parent, name) for name in sorted(names + links) if not name.startswith(".")]
    return found


def _is_reserved(path: Path, folder: Path) -> bool:
    """Say whether a file must not be taken along: other notebooks, our own record, and whatever can be imported.

    A module of the student's, such as a `numpy.py`, must never stand where Python looks first.
    """
    if path.suffix == ".ipynb" or path.relative_to(folder).parts[0] == RECORD:
        return True
    return path.suffix.lower() in {".py", ".pyc", ".so", ".pth", ".pyd", ".zip", ".egg", ".whl"}


def _read_bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
