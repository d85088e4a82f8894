"""What several commands share: their options, exit codes, and how they find a course and its students."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grading.console import progress
from grading.errors import GradingError

if TYPE_CHECKING:
    from rich.console import Console

    from grading.course import Assignment, Course
    from grading.report import Record
    from grading.results import Result

NEEDS_A_PERSON = 1  # exit code: the command did its work, and there is something in it to look at
CANNOT_WORK = 3  # exit code: the command could not do its work (2 is click's, for a wrong option)

workers_option = click.option(
    "--workers", type=click.IntRange(1), help="Number of processes.  [default: one for each core]"
)
no_sandbox_option = click.option(
    "--no-sandbox", is_flag=True, help="Run submissions with your own rights. Only for those that you trust."
)


def find_course(folder: Path) -> "Course":
    """Return the course that this folder lies in."""
    from grading.course import Course

    return Course.find(folder)


def chosen_students(course: "Course", assignment: str, named: tuple[str, ...]) -> list[str]:
    """Return the students to work on; each one named must have handed something in."""
    present = course.students(assignment)
    if absent := sorted(set(named) - set(present)):
        folder = course.root / "submitted"
        raise GradingError(f"Nothing of {', '.join(absent)} is in {folder}/STUDENT/{assignment}.")
    if not present:
        raise GradingError(f"There is no submission in {course.root / 'submitted'}/STUDENT/{assignment}.")
    return list(dict.fromkeys(named)) or present


def results_of(course: "Course", assignment: "Assignment") -> list["Result"]:
    """Return the results of all students; there must be some."""
    from grading.results import class_results

    results = class_results(course, assignment)
    if not results:
        raise GradingError(f"Nobody has been graded yet. Run: grading autograde {assignment.name}")
    return results


def run_autograde(
    console: "Console",
    course: "Course",
    assignment: "Assignment",
    students: list[str],
    workers: int | None,
    no_sandbox: bool,
) -> list["Record"]:
    """Grade with a progress bar, after a word on what is missing on this machine."""
    from grading.autograde import autograde, default_workers
    from grading.data import missing_texts

    for name in missing_texts(assignment):
        console.print(
            f"[yellow]![/] {name} is not on this machine: cells that read it will fail. "
            f"To get it: grading release {assignment.name}",
            highlight=False,
            soft_wrap=True,
        )
    if no_sandbox:
        console.print("[yellow]Without a sandbox: submissions run with your rights, and every report says so.[/]")
    with progress(console, "Grading", len(students)) as advance:
        return autograde(
            course,
            assignment,
            students,
            workers=workers or default_workers(),
            sandboxed=not no_sandbox,
            on_graded=lambda record: advance(f"{record.student} done"),
        )


def write_pages(console: "Console", course: "Course", assignment: "Assignment", records: list["Record"]) -> Path:
    """Write the pages of these students with a progress bar, and the class report; return the path of that one."""
    from grading.class_report import write_class_report
    from grading.feedback import write_feedback
    from grading.results import class_results

    with progress(console, "Writing feedback", len(records)) as advance:
        write_feedback(course, assignment, records, lambda record: advance(f"{record.student} done"))
    return write_class_report(course, assignment, class_results(course, assignment))
