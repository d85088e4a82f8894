"""What `grading export` does with its options: choose the format, name the files, and say what a person should know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.canvas import MATCHES, Merged, merge_into_canvas
from grading.course import Assignment
from grading.errors import GradingError
from grading.exports import to_csv, to_gradescope, to_junit, to_markdown, to_moodle
from grading.files import write_atomically
from grading.results import Result, State


@dataclass(frozen=True)
class Wish:
    """The options of the command."""

    format: str
    students: tuple[str, ...] = ()  # nobody named: the whole class
    into: Path | None = None  # Canvas's file
    column: str = ""
    match: str = ""
    scale: bool = False


@dataclass(frozen=True)
class Exported:
    """What is to be written, and what a person should know about it."""

    files: Mapping[str, bytes]  # by their paths in the folder of the output; one without a name is the output itself
    notes: tuple[str, ...]
    needs_a_person: bool


def export(assignment: Assignment, results: Sequence[Result], wish: Wish) -> Exported:
    """Return the files of a format.

    Raises:
        GradingError: a student is not known, or the options and what was found do not fit.
    """
    chosen = _chosen(results, wish.students, assignment.name)
    pending = [result.student for result in chosen if result.state == State.NEEDS_A_PERSON]
    notes = [f"Without a score, and left to a person: {', '.join(pending)}."] if pending else []
    if wish.format == "canvas":
        merged = _merge(assignment, chosen, wish)
        differences = _differences(merged)
        return Exported({"": merged.content}, (*notes, *differences), bool(pending or differences))
    return Exported(_files(assignment, chosen, wish), tuple(notes), bool(pending))


def _chosen(results: Sequence[Result], students: Sequence[str], assignment: str) -> list[Result]:
    if unknown := sorted(set(students) - {result.student for result in results}):
        raise GradingError(f"Nothing is known of {', '.join(unknown)} in {assignment}.")
    chosen = [result for result in results if not students or result.student in students]
    if all(result.state == State.NOT_SUBMITTED for result in chosen):
        raise GradingError(f"Nobody has handed in {assignment} yet: there is nothing to export.")
    return chosen


def _files(assignment: Assignment, results: Sequence[Result], wish: Wish) -> Mapping[str, bytes]:
    if wish.format == "gradescope":
        return _gradescope_files(results, alone=len(wish.students) == 1)
    if wish.format == "moodle":
        return {"": to_moodle(assignment, results, wish.match or "Username").encode()}
    return {"": _BY_FORMAT[wish.format](assignment, results).encode()}


_BY_FORMAT = {"csv": to_csv, "junit": to_junit, "markdown": to_markdown}


def _gradescope_files(results: Sequence[Result], *, alone: bool) -> Mapping[str, bytes]:
    """Gradescope takes a results.json for each submission; who has no score gets none, for none is an error there."""
    scored = [result for result in results if result.points is not None]
    if alone and not scored:
        raise GradingError(f"{results[0].student} has no score: {results[0].reason}")
    return {"" if alone else f"{one.student}/results.json": to_gradescope(one).encode() for one in scored}


def _merge(assignment: Assignment, results: Sequence[Result], wish: Wish) -> Merged:
    if wish.into is None:
        raise GradingError("Canvas takes its own file back: export the gradebook there, and name the file with --into.")
    return merge_into_canvas(
        wish.into.read_bytes(),
        results,
        assignment=assignment.name,
        column=wish.column,
        match=wish.match or MATCHES[0],
        scale=wish.scale,
    )


def _differences(merged: Merged) -> list[str]:
    said = {
        "Excused or not assigned in Canvas, and left so": merged.kept,
        "Here and not in Canvas's file": merged.not_in_canvas,
        "In Canvas's file and not here": merged.only_in_canvas,
    }
    notes = [f"{what}: {', '.join(students)}." for what, students in said.items() if students]
    return [*notes, f"No student was found in {merged.column!r}: see --match."] if not merged.written else notes


def write_exported(exported: Exported, output: Path, into: Path | None = None) -> list[Path]:
    """Write the files, and return their paths.

    Raises:
        GradingError: one would take the place of Canvas's own file, or cannot be written.
    """
    if into is not None and output.exists() and output.samefile(into):
        raise GradingError(f"{output} is Canvas's own file, and stays as it is. Name another one with --output.")
    paths = []
    try:
        for name, content in exported.files.items():
            path = output / name if name else output
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
            paths.append(path)
    except OSError as error:
        raise GradingError(f"{error.filename or output} cannot be written: {error.strerror}.") from error
    return paths
