"""Commands that tell people about grades: feedback, report, export."""

import sys
from pathlib import Path

import click

from grading.commands.shared import NEEDS_A_PERSON, chosen_students, find_course, results_of, write_pages
from grading.console import make_console
from grading.errors import GradingError


@click.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.pass_obj
def feedback(folder: Path, assignment: str, students: tuple[str, ...]) -> None:
    """Write the pages that students get.

    Writes feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for everybody who has been graded, or for those named, and the
    class report. Hidden tests stay hidden. Hand the pages out with: nbgrader release_feedback ASSIGNMENT
    """
    from grading.report import load_record

    console, course = make_console(), find_course(folder)
    which = course.assignment(assignment)
    chosen = chosen_students(course, assignment, students)
    records = [record for student in chosen if (record := load_record(course.autograded(student, assignment)))]
    if not records:
        raise GradingError(f"Nobody has been graded yet. Run: grading autograde {assignment}")
    page = write_pages(console, course, which, records)
    console.print(f"Wrote the feedback of {len(records)} students, and the class report:")
    console.print(f"  {page}", soft_wrap=True)


@click.command()
@click.argument("assignment")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the page to this file.")
@click.pass_obj
def report(folder: Path, assignment: str, output: Path | None) -> None:
    """Write the class report, a page for instructors.

    One page, feedback/ASSIGNMENT.html unless told otherwise: the scores, who passes which check, the misconceptions by
    frequency, the slowest submissions, what needs a person, and a table to sort that leads to the students' pages.
    Points that you gave by hand in the formgrader count.
    """
    from grading.class_report import write_class_report

    console, course = make_console(), find_course(folder)
    which = course.assignment(assignment)
    page = write_class_report(course, which, results_of(course, which), output)
    console.print("Wrote the class report:")
    console.print(f"  {page}", soft_wrap=True)


@click.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.option(
    "--format",
    "which_format",
    type=click.Choice(["csv", "canvas", "moodle", "gradescope", "junit", "markdown"]),
    required=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file (gradescope: folder).  [default: stdout]",
)
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="canvas: the file that it has exported.",
)
@click.option("--column", default="", help="canvas: the column's heading or id.  [default: the assignment's name]")
@click.option("--match", default="", help="The column of student ids.  [canvas: SIS Login ID; moodle: Username]")
@click.option("--scale", is_flag=True, help="canvas: convert points where its Points Possible differ.")
@click.pass_obj
def export(
    folder: Path,
    assignment: str,
    students: tuple[str, ...],
    which_format: str,
    output: Path | None,
    into: Path | None,
    column: str,
    match: str,
    scale: bool,
) -> None:
    """Write scores for other programs.

    Of all students, or of those named. csv: a row a student; canvas: scores merged into the file that Canvas has
    exported; moodle: a file for its grade import; gradescope: STUDENT/results.json in a folder; junit: XML for CI;
    markdown: a table. Who needs a person has no score, which is never 0. Exit code 1: somebody needs a person, or
    students of Canvas and of this course do not match.
    """
    from grading.exporting import Wish, export, write_exported

    if which_format != "canvas" and (into or column or scale):
        raise click.UsageError("--into, --column and --scale belong to --format canvas.")
    course = find_course(folder)
    which = course.assignment(assignment)
    exported = export(which, results_of(course, which), Wish(which_format, students, into, column, match, scale))
    if output is not None:
        paths = write_exported(exported, output, into)
        click.echo(f"Wrote {paths[0]}." if len(paths) == 1 else f"Wrote {len(paths)} files in {output}.", err=True)
    elif set(exported.files) == {""}:
        click.echo(exported.files[""], nl=False)
    else:
        raise GradingError("These are several files. Name a folder for them with --output, or name one student.")
    for note in exported.notes:
        click.echo(note, err=True)
    if exported.needs_a_person:
        sys.exit(NEEDS_A_PERSON)
