"""Commands that make assignments and prove them: demo, release, verify."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grading.commands.shared import (
    NEEDS_A_PERSON,
    find_course,
    no_sandbox_option,
    run_autograde,
    workers_option,
    write_pages,
)
from grading.console import make_console, print_scores, progress, status

if TYPE_CHECKING:
    from rich.console import Console

    from grading.course import Assignment, Course
    from grading.mutation import Mutation
    from grading.verify import Verification


@click.command()
@click.argument("assignments", nargs=-1)
@workers_option
@no_sandbox_option
@click.pass_obj
def demo(folder: Path, assignments: tuple[str, ...], workers: int | None, no_sandbox: bool) -> None:
    """Grade a made-up class and show its scores.

    Makes the folder demo/ in the course: a release, what twelve students hand in (one of them a broken file), the
    grades and the feedback. Nothing else in the course is touched; run it as often as you like. Without a name, it
    takes the first assignment of the course.
    """
    from grading.autograde import check_sandbox
    from grading.demo import build_demo

    console, started = make_console(), time.monotonic()
    course = find_course(folder)
    names = assignments or tuple(course.assignments()[:1])
    for name in names:
        course.assignment(name)  # or an error before anything is done
    check_sandbox(course, sandboxed=not no_sandbox)
    demo_course = build_demo(course, course.root / "demo", names)
    pages = [_show(console, demo_course, demo_course.assignment(name), workers, no_sandbox) for name in names]
    console.print(f"\nDone in {time.monotonic() - started:.0f} s. Open the class report; it leads to the feedback:")
    for page in pages:
        console.print(f"  {page}", soft_wrap=True)


def _show(
    console: "Console", course: "Course", assignment: "Assignment", workers: int | None, no_sandbox: bool
) -> Path:
    """Let the demonstration class of one assignment hand in, and grade it; return its class report."""
    from grading.demo import hand_in, load_class
    from grading.release import build_release

    students = load_class(course, assignment)
    build_release(course, assignment)
    hand_in(course, assignment, students)
    console.print(f"Released [bold]{assignment.name}[/] and handed in for {len(students)} students.")
    records = run_autograde(console, course, assignment, list(students), workers, no_sandbox)
    page = write_pages(console, course, assignment, records)
    print_scores(console, assignment, records)
    return page


@click.command()
@click.argument("assignment")
@workers_option
@no_sandbox_option
@click.pass_obj
def release(folder: Path, assignment: str, workers: int | None, no_sandbox: bool) -> None:
    """Build what students download, and prove it.

    Writes release/ASSIGNMENT from source/ASSIGNMENT, grades it as it is (must score 0) and with the solutions of the
    source (must have full marks), searches every file for solutions and hidden tests, and proves the checks by the
    variants of the assignment, if it has any (see: grading verify --help).
    """
    from rich.markup import escape

    from grading.autograde import check_sandbox, default_workers, released_files
    from grading.data import fetch_texts
    from grading.portability import standing
    from grading.reference import renew_reference_run
    from grading.release import build_release, check_release
    from grading.variants import load_variants

    console, course = make_console(), find_course(folder)
    which = course.assignment(assignment)
    check_sandbox(course, sandboxed=not no_sandbox)
    target = build_release(course, which)
    for sentence in fetch_texts(which):
        console.print(f"[yellow]![/] {escape(sentence)}", highlight=False, soft_wrap=True)
    with status(console, "Grading the release as it is and with the solutions ..."):
        result = check_release(course, which, workers or default_workers(), sandboxed=not no_sandbox)
    files = sum(1 for path in target.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for fault in result.faults:
        console.print(f"[red]✗[/] {fault}", highlight=False, soft_wrap=True)
    if result.faults:
        console.print(f"{target} is built, and must not go to students as it is.", soft_wrap=True)
        sys.exit(NEEDS_A_PERSON)
    renew_reference_run(which, released_files(course, which), result.executed)
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


@click.command()
@click.argument("assignment")
@click.option("--mutants", is_flag=True, help="Try machine-made mistakes in the solutions as well (minutes).")
@click.option("--portability", is_flag=True, help="Instead, try other machines and write a certificate (minutes).")
@click.option("--json", "as_text", is_flag=True, help="Print the result as JSON.")
@workers_option
@no_sandbox_option
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
    from grading import mutation
    from grading.autograde import check_sandbox
    from grading.matrix import print_mutation, print_verification
    from grading.verify import as_json

    console, course = make_console(), find_course(folder)
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
