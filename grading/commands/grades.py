"""Commands that grade submissions: autograde, check, doctor."""

import json
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grading.commands.shared import (
    CANNOT_WORK,
    NEEDS_A_PERSON,
    chosen_students,
    find_course,
    no_sandbox_option,
    run_autograde,
    workers_option,
)
from grading.console import make_console, print_findings, print_scores, progress, status

if TYPE_CHECKING:
    from rich.console import Console

    from grading.course import Assignment, Course


@click.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--changed", is_flag=True, help="Grade again what a change of the checks can touch, and only that.")
@click.option("--dry-run", is_flag=True, help="Say whose score would change, and write nothing.")
@workers_option
@no_sandbox_option
@click.pass_obj
def autograde(
    folder: Path,
    assignment: str,
    students: tuple[str, ...],
    force: bool,
    changed: bool,
    dry_run: bool,
    workers: int | None,
    no_sandbox: bool,
) -> None:
    """Grade what students have handed in.

    Takes submitted/STUDENT/ASSIGNMENT of all students, or of those named, and grades what has not been graded yet
    or has come in anew. Scores go to nbgrader's gradebook; scores and comments given by hand stay. A submission that
    cannot be read is reported, keeps its place, and does not stop the others. Stop the command whenever you like:
    the next one goes on where it was.

    With --changed, after a check, a locked cell or a released file was changed (and released), only checks that this
    can touch get new results, and whose score changes is shown before it is written. With --dry-run nothing is
    written; exit code 0: no score would change; 1: some would.
    """
    from grading.autograde import check_sandbox, ungraded

    if force and changed:
        raise click.UsageError("--force grades all checks again, --changed only those that have changed. Choose one.")
    console, course = make_console(), find_course(folder)
    which = course.assignment(assignment)
    check_sandbox(course, sandboxed=not no_sandbox)
    chosen = chosen_students(course, assignment, students)
    if changed or dry_run:
        _regrade(console, course, which, chosen, changed, force, dry_run, workers, no_sandbox)
        return
    due = chosen if force else ungraded(course, which, chosen)
    if len(due) < len(chosen):
        console.print(
            f"{len(chosen) - len(due)} of {len(chosen)} submissions are graded already (--force grades them again)."
        )
    if not due:
        return
    records = run_autograde(console, course, which, due, workers, no_sandbox)
    print_scores(console, which, records)
    if any(record.status != "graded" for record in records):
        sys.exit(NEEDS_A_PERSON)


@click.command()
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--assignment", help="Its assignment.  [default: the name of the file]")
@no_sandbox_option
@click.pass_obj
def check(folder: Path, notebook: Path, assignment: str | None, no_sandbox: bool) -> None:
    """Grade one notebook and print its record as JSON.

    Needs the source and the release of its assignment, no gradebook and no other folder of the course, and writes
    nothing. The record is described by grading/record.schema.json. Exit code 0: full marks; 1: points are missing, or
    the notebook cannot be read; 3: it could not be graded.
    """
    from grading.autograde import check_sandbox
    from grading.check import check_notebook
    from grading.report import as_json

    course = find_course(folder)
    check_sandbox(course, sandboxed=not no_sandbox)
    record = check_notebook(course, course.assignment(assignment or notebook.stem), notebook, sandboxed=not no_sandbox)
    click.echo(json.dumps(as_json(record), indent=2))
    if record.status == "grader_error":
        sys.exit(CANNOT_WORK)
    if record.status != "graded" or record.points < record.max_points:
        sys.exit(NEEDS_A_PERSON)


@click.command()
@click.pass_obj
def doctor(folder: Path) -> None:
    """Prove that submissions cannot harm this machine or see what is hidden.

    Runs a submission in the real sandbox that tries to break each protection, and shows what became of it. Exit code
    0: all protections hold; 1: one does not, and grading refuses submissions unless told --no-sandbox.
    """
    from grading.doctor import examine

    console = make_console()
    with status(console, "A submission tries to break each protection ..."):
        findings = examine()
    if not print_findings(console, findings):
        sys.exit(NEEDS_A_PERSON)


def _regrade(
    console: "Console",
    course: "Course",
    assignment: "Assignment",
    students: list[str],
    changed: bool,
    force: bool,
    dry_run: bool,
    workers: int | None,
    no_sandbox: bool,
) -> None:
    """Grade, say whose score changes, and write that unless it is a dry run."""
    from grading.autograde import course_task, default_workers, one_writer, ungraded
    from grading.console import print_changes
    from grading.regrade import Due, check_writable, find_changed, try_out, write_trial

    with nullcontext() if dry_run else one_writer(course):
        if not dry_run:
            check_writable(course, assignment)
        task = course_task(course, assignment, sandboxed=not no_sandbox)
        due = Due(tuple(students if force else ungraded(course, assignment, students)))
        if changed:
            due = find_changed(course, assignment, students, task)
        count = workers or default_workers()
        with progress(console, "Grading", len(due.students)) as advance:
            trial = try_out(course, assignment, due, task, count, lambda record: advance(f"{record.student} done"))
        with closing(trial):
            print_changes(console, trial, len(students))
            if not dry_run:
                written = write_trial(course, assignment, trial)
                console.print(f"Wrote the results of {len(written)} submissions.", highlight=False)
            if trial.failed or (dry_run and trial.changes):
                sys.exit(NEEDS_A_PERSON)
