"""The command `grading`: thin; with `console` the only place that prints.

Imports stand inside the commands: nbgrader alone takes a second, and ``grading --help`` needs none of it.
"""

import sys
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grading.console import make_console, print_findings, print_scores, progress, status
from grading.errors import GradingError

if TYPE_CHECKING:
    from rich.console import Console

    from grading.course import Assignment, Course
    from grading.mutation import Mutation
    from grading.report import Record
    from grading.results import Result
    from grading.verify import Verification

NEEDS_A_PERSON = 1  # exit code: the command did its work, and there is something in it to look at
CANNOT_WORK = 3  # exit code: the command could not do its work (2 is click's, for a wrong option)


_workers = click.option("--workers", type=click.IntRange(1), help="Number of processes.  [default: one for each core]")
_no_sandbox = click.option(
    "--no-sandbox", is_flag=True, help="Run submissions with your own rights. Only for those that you trust."
)


class _Commands(click.Group):
    """Lists the commands in the order of a course, and shows our errors as one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order of definition."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Turn a GradingError into its sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except GradingError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(CANNOT_WORK)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--course",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="A folder in the course; the one with nbgrader_config.py is searched from there upwards.  [default: .]",
)
@click.version_option(package_name="dinosaur-island-course")
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    """Build, grade and explain the assignments of this course.

    A course runs in this order: release an assignment, collect what students hand in (nbgrader collect), autograde
    it, and give feedback. Try it all on a made-up class with: grading demo

    Exit codes: 0 all went well; 1 done, and something needs a person; 2 the command line is wrong; 3 the command
    could not do its work, and says why.
    """
    context.obj = folder


@main.command()
@_workers
@_no_sandbox
@click.pass_obj
def demo(folder: Path, workers: int | None, no_sandbox: bool) -> None:
    """Grade a made-up class and show its scores.

    Makes the folder demo/ in the course: a release, what twelve students hand in (one of them a broken file), the
    grades and the feedback. Nothing else in the course is touched; run it as often as you like.
    """
    from grading.autograde import check_sandbox
    from grading.demo import ASSIGNMENT, DemoClass, build_demo, hand_in
    from grading.release import build_release

    console, started = make_console(), time.monotonic()
    course = _find(folder)
    check_sandbox(course, sandboxed=not no_sandbox)
    demo_course, students = build_demo(course, course.root / "demo"), DemoClass()
    assignment = demo_course.assignment(ASSIGNMENT)
    build_release(demo_course, assignment)
    hand_in(demo_course, assignment, students)
    console.print(f"Released [bold]{ASSIGNMENT}[/] and handed in for {len(students.students)} students.")
    records = _autograde(console, demo_course, assignment, list(students.students), workers, no_sandbox)
    page = _feedback(console, demo_course, assignment, records)
    print_scores(console, assignment, records)
    console.print(f"\nDone in {time.monotonic() - started:.0f} s. Open the class report; it leads to the feedback:")
    console.print(f"  {page}", soft_wrap=True)


@main.command()
@click.argument("assignment")
@_workers
@_no_sandbox
@click.pass_obj
def release(folder: Path, assignment: str, workers: int | None, no_sandbox: bool) -> None:
    """Build what students download, and prove it.

    Writes release/ASSIGNMENT from source/ASSIGNMENT, grades it as it is (must score 0) and with the solutions of the
    source (must have full marks), searches every file for solutions and hidden tests, and proves the checks by the
    variants of the assignment, if it has any (see: grading verify --help).
    """
    from grading.autograde import check_sandbox, default_workers
    from grading.portability import standing
    from grading.reference import renew_reference_run
    from grading.release import build_release, check_release
    from grading.variants import load_variants

    console, course = make_console(), _find(folder)
    which = course.assignment(assignment)
    check_sandbox(course, sandboxed=not no_sandbox)
    target = build_release(course, which)
    with status(console, "Grading the release as it is and with the solutions ..."):
        result = check_release(course, which, workers or default_workers(), sandboxed=not no_sandbox)
    files = sum(1 for path in target.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for fault in result.faults:
        console.print(f"[red]✗[/] {fault}", highlight=False, soft_wrap=True)
    if result.faults:
        console.print(f"{target} is built, and must not go to students as it is.", soft_wrap=True)
        sys.exit(NEEDS_A_PERSON)
    renew_reference_run(which, result.executed)
    console.print(f"[green]✓[/] As it is, the release scores 0 of {which.max_points:g} points.", highlight=False)
    console.print("[green]✓[/] With the solutions of the source notebook it has full marks.")
    console.print("[green]✓[/] Every check runs in the referee, outside the student's process.")
    console.print(f"[green]✓[/] No solution and no hidden test stands in its {files} files.", highlight=False)
    if load_variants(course, which) and not _variants_hold(console, course, which, workers, no_sandbox):
        console.print(f"{target} is built, and must not go to students as it is.", soft_wrap=True)
        sys.exit(NEEDS_A_PERSON)
    console.print(standing(course, which), highlight=False, soft_wrap=True)
    console.print(
        f"{target} is ready. Hand it to students, or run: nbgrader release_assignment {assignment}", soft_wrap=True
    )


@main.command()
@click.argument("assignment")
@click.option("--mutants", is_flag=True, help="Try machine-made mistakes in the solutions as well (minutes).")
@click.option("--portability", is_flag=True, help="Instead, try other machines and write a certificate (minutes).")
@click.option("--json", "as_text", is_flag=True, help="Print the result as JSON.")
@_workers
@_no_sandbox
@click.pass_obj
def verify(
    folder: Path,
    assignment: str,
    mutants: bool,
    portability: bool,
    as_text: bool,
    workers: int | None,
    no_sandbox: bool,
) -> None:
    """Prove the checks of an assignment by right and wrong solutions.

    Grades the release, which must score 0, and the solutions of the source, which must have full marks; then all
    files of variants/ASSIGNMENT. A right one must keep full marks, a wrong one must fail exactly the checks that its
    first line names. Prints which check has caught which variant, and names survivors, points that are lost where
    they should not be, and checks that no wrong variant needs.

    With --mutants, each small change of the solutions that a machine can think of must be caught, too, or be listed in
    variants/ASSIGNMENT/equivalent_mutants.toml. Exit code 0: all is as it should be; 1: it is not.

    With --portability, the reference and the right variants are graded under each OpenBLAS kernel that this processor
    can run, on the oldest and the newest NumPy, with noise of 1e-12. If no verdict changes, that is written beside the
    source notebook. Exit code 1: a verdict changes, or a NumPy could not be installed.
    """
    import json

    from grading import mutation
    from grading.autograde import check_sandbox
    from grading.matrix import print_mutation, print_verification
    from grading.verify import as_json

    console, course = make_console(), _find(folder)
    which = course.assignment(assignment)
    check_sandbox(course, sandboxed=not no_sandbox)
    if portability:
        _certify(console, course, which, as_text, workers, no_sandbox)
        return
    result = _verify(console, course, which, workers, no_sandbox)
    mutated = _mutate(console, course, which, workers, no_sandbox) if mutants and not result.broken else None
    if as_text:
        data = as_json(result) | ({"mutation": mutation.as_json(mutated)} if mutated else {})
        click.echo(json.dumps(data, indent=2))
    else:
        print_verification(console, result)
        if mutated:
            print_mutation(console, mutated)
    if result.faults or (mutated and mutated.faults):
        sys.exit(NEEDS_A_PERSON)


@main.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--changed", is_flag=True, help="Grade again what a change of the checks can touch, and only that.")
@click.option("--dry-run", is_flag=True, help="Say whose score would change, and write nothing.")
@_workers
@_no_sandbox
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
    console, course = make_console(), _find(folder)
    which = course.assignment(assignment)
    check_sandbox(course, sandboxed=not no_sandbox)
    chosen = _students(course, assignment, students)
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
    records = _autograde(console, course, which, due, workers, no_sandbox)
    print_scores(console, which, records)
    if any(record.status != "graded" for record in records):
        sys.exit(NEEDS_A_PERSON)


@main.command()
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--assignment", help="Its assignment.  [default: the name of the file]")
@_no_sandbox
@click.pass_obj
def check(folder: Path, notebook: Path, assignment: str | None, no_sandbox: bool) -> None:
    """Grade one notebook and print its record as JSON.

    Needs the source and the release of its assignment, no gradebook and no other folder of the course, and writes
    nothing. The record is described by grading/record.schema.json. Exit code 0: full marks; 1: points are missing, or
    the notebook cannot be read; 3: it could not be graded.
    """
    import json

    from grading.autograde import check_sandbox
    from grading.check import check_notebook
    from grading.report import as_json

    course = _find(folder)
    check_sandbox(course, sandboxed=not no_sandbox)
    record = check_notebook(course, course.assignment(assignment or notebook.stem), notebook, sandboxed=not no_sandbox)
    click.echo(json.dumps(as_json(record), indent=2))
    if record.status == "grader_error":
        sys.exit(CANNOT_WORK)
    if record.status != "graded" or record.points < record.max_points:
        sys.exit(NEEDS_A_PERSON)


@main.command()
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


@main.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.pass_obj
def feedback(folder: Path, assignment: str, students: tuple[str, ...]) -> None:
    """Write the pages that students get.

    Writes feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for everybody who has been graded, or for those named, and the
    class report. Hidden tests stay hidden. Hand the pages out with: nbgrader release_feedback ASSIGNMENT
    """
    from grading.report import load_record

    console, course = make_console(), _find(folder)
    which = course.assignment(assignment)
    chosen = _students(course, assignment, students)
    records = [record for student in chosen if (record := load_record(course.autograded(student, assignment)))]
    if not records:
        raise GradingError(f"Nobody has been graded yet. Run: grading autograde {assignment}")
    page = _feedback(console, course, which, records)
    console.print(f"Wrote the feedback of {len(records)} students, and the class report:")
    console.print(f"  {page}", soft_wrap=True)


@main.command()
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

    console, course = make_console(), _find(folder)
    which = course.assignment(assignment)
    page = write_class_report(course, which, _results(course, which), output)
    console.print("Wrote the class report:")
    console.print(f"  {page}", soft_wrap=True)


@main.command()
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
    course = _find(folder)
    which = course.assignment(assignment)
    exported = export(which, _results(course, which), Wish(which_format, students, into, column, match, scale))
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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--iterations", type=click.IntRange(0), default=35_000, show_default=True, help="Steps, one name each.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides the order and the draws.")
@click.option("--names", "count", type=click.IntRange(0), default=10, show_default=True, help="How many to invent.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the weights to this .npz file.")
@click.option("--load", type=click.Path(dir_okay=False, path_type=Path), help="Go on from weights saved before.")
def train(file: Path, iterations: int, seed: int, count: int, save: Path | None, load: Path | None) -> None:
    """Train the course's network on a list of names.

    FILE is any text with one name a line: towns, plants, people. Prints names that the network has invented and that
    are not in the list. With --load and --iterations 0 it only invents.
    """
    from grading.train import invent_names, load_network, new_network, read_names, save_network
    from grading.train import train as train_network

    console, names = make_console(), read_names(file)
    network = load_network(load) if load else new_network(names)
    with progress(console, "Training", iterations) as advance:
        loss = train_network(network, names, iterations, seed, lambda loss: advance(f"loss {loss:.3f} per character"))
    if loss is not None:
        console.print(f"Trained on {len(names):,} names; loss {loss:.3f} per character.", highlight=False)
    if save:
        save_network(network, save)
        console.print(f"Weights saved in {save}", highlight=False, soft_wrap=True)
    invented = invent_names(network, names, count, seed)
    for name in invented:
        click.echo(name)
    if len(invented) < count:
        console.print(f"Only {len(invented)} new names came up: the network knows its list by heart.", highlight=False)


def _find(folder: Path) -> "Course":
    from grading.course import Course

    return Course.find(folder)


def _students(course: "Course", assignment: str, named: tuple[str, ...]) -> list[str]:
    """Return the students to work on; each one named must have handed something in."""
    present = course.students(assignment)
    if absent := sorted(set(named) - set(present)):
        folder = course.root / "submitted"
        raise GradingError(f"Nothing of {', '.join(absent)} is in {folder}/STUDENT/{assignment}.")
    if not present:
        raise GradingError(f"There is no submission in {course.root / 'submitted'}/STUDENT/{assignment}.")
    return list(dict.fromkeys(named)) or present


def _autograde(
    console: "Console",
    course: "Course",
    assignment: "Assignment",
    students: list[str],
    workers: int | None,
    no_sandbox: bool,
) -> list["Record"]:
    from grading.autograde import autograde, default_workers

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


def _verify(
    console: "Console", course: "Course", assignment: "Assignment", workers: int | None, no_sandbox: bool
) -> "Verification":
    from grading.autograde import default_workers
    from grading.variants import load_variants
    from grading.verify import verify

    total = len(load_variants(course, assignment))
    with progress(console, "Grading variants", total) as advance:
        return verify(
            course,
            assignment,
            workers or default_workers(),
            sandboxed=not no_sandbox,
            on_graded=lambda name: advance(f"{name} done"),
        )


def _mutate(
    console: "Console", course: "Course", assignment: "Assignment", workers: int | None, no_sandbox: bool
) -> "Mutation":
    from grading.autograde import default_workers
    from grading.mutants import make_mutants
    from grading.mutation import run_mutants

    with progress(console, "Grading mutants", len(make_mutants(assignment))) as advance:
        return run_mutants(
            course,
            assignment,
            workers or default_workers(),
            sandboxed=not no_sandbox,
            on_graded=lambda name: advance(f"{name} done"),
        )


def _certify(
    console: "Console",
    course: "Course",
    assignment: "Assignment",
    as_text: bool,
    workers: int | None,
    no_sandbox: bool,
) -> None:
    """Try other machines, print what came out, and keep the certificate if there is nothing against it."""
    import json
    from dataclasses import asdict

    from rich.markup import escape

    from grading.autograde import default_workers
    from grading.portability import certify, save_certificate

    with status(console, "Grading the right solutions under other kernels and versions of NumPy ..."):
        trial = certify(course, assignment, workers or default_workers(), sandboxed=not no_sandbox)
    certificate = trial.certificate
    if as_text:
        click.echo(json.dumps({**asdict(certificate), "faults": trial.faults}, indent=2))
    if not trial.faults:
        save_certificate(certificate, assignment)
    for sentence in () if as_text else (*trial.faults, *certificate.left_out):
        console.print(f"[red]✗[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    if not trial.faults and not as_text:
        console.print(f"[green]✓[/] Portable: {certificate.described()}.", highlight=False)
        console.print(f"Put it into the release: grading release {assignment.name}")
    if trial.faults or certificate.left_out:
        sys.exit(NEEDS_A_PERSON)


def _variants_hold(
    console: "Console", course: "Course", assignment: "Assignment", workers: int | None, no_sandbox: bool
) -> bool:
    """Print in a line what the variants prove, and a sentence for each thing that they disprove."""
    from grading.matrix import print_faults, print_proved

    result = _verify(console, course, assignment, workers, no_sandbox)
    print_faults(console, result)
    print_proved(console, result)
    return not result.faults


def _feedback(console: "Console", course: "Course", assignment: "Assignment", records: list["Record"]) -> Path:
    from grading.class_report import write_class_report
    from grading.feedback import write_feedback
    from grading.results import class_results

    with progress(console, "Writing feedback", len(records)) as advance:
        write_feedback(course, assignment, records, lambda record: advance(f"{record.student} done"))
    return write_class_report(course, assignment, class_results(course, assignment))


def _results(course: "Course", assignment: "Assignment") -> list["Result"]:
    from grading.results import class_results

    results = class_results(course, assignment)
    if not results:
        raise GradingError(f"Nobody has been graded yet. Run: grading autograde {assignment.name}")
    return results
