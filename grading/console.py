"""What the command prints: tables, progress, findings."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from grading.course import Assignment
    from grading.doctor import Finding
    from grading.regrade import Trial
    from grading.report import Record

MIN_FAULT_WIDTH = 55  # of the column that says what to look at, with student and points: with less, it is a thread


def make_console() -> "Console":
    """Return the console of this command."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=120)  # a log file has no width: keep rows on one line


def print_scores(console: "Console", assignment: "Assignment", records: list["Record"]) -> None:
    """Print a table: a row a student, a column a graded function."""
    from rich import box
    from rich.table import Table

    names = assignment.functions
    has_room = sum(len(name) + 3 for name in names) + MIN_FAULT_WIDTH < console.width
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Student")
    for number, name in enumerate(names, start=1):
        table.add_column(name if has_room else str(number), justify="right")
    table.add_column("Points", justify="right")
    table.add_column("First thing to look at")
    for record in records:
        if record.status == "graded":
            cells = [_colored(*record.points_of(function)) for function in assignment.functions]
            table.add_row(record.student, *cells, _colored(record.points, record.max_points), _first_fault(record))
        else:
            empty = ["–"] * len(assignment.functions)
            table.add_row(
                record.student,
                *empty,
                "[red]–[/]",
                f"[red]{record.status.replace('_', ' ')}:[/] {_escape(record.message)}",
            )
    console.print(table, highlight=False)
    if not has_room:
        legend = "   ".join(f"[bold]{number}[/]\u00a0{name}" for number, name in enumerate(names, start=1))
        console.print(f"  {legend}", highlight=False)


def print_changes(console: "Console", trial: "Trial", students: int) -> None:
    """Print whose score grading again changes, a row for each check, and how many of so many students keep theirs."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Student")
    table.add_column("Check")
    for title in ("Points before", "now", "Total before", "now"):
        table.add_column(title, justify="right")
    table.add_column("")
    for change in trial.changes:
        numbers = ["–" if one is None else f"{one:g}" for one in (change.old, change.new)]
        totals = ["–" if one is None else f"{one:g}" for one in (change.old_total, change.new_total)]
        note = "" if change.by_hand is None else f"{change.by_hand:g} given by hand: that counts"
        table.add_row(change.student, change.check or "not graded before", *numbers, *totals, note)
    if trial.changes:
        console.print(table, highlight=False)
    for record in trial.failed:
        reason = f"{record.status.replace('_', ' ')}: {_escape(record.message)}"
        console.print(f"[red]✗[/] {record.student}, {reason}", highlight=False, soft_wrap=True)
    moved = len({change.student for change in trial.changes})
    stay = students - moved - len(trial.failed)
    console.print(
        f"{trial.graded} of {students} submissions were run. The points of {moved} change, those of {stay} stay.",
        highlight=False,
    )


def _colored(points: float, possible: float) -> str:
    color = "green" if points == possible else "yellow" if points else "red"
    return f"[{color}]{points:g}[/]/{possible:g}"


def _first_fault(record: "Record") -> str:
    lost = [check for check in record.checks if check.verdict != "passed"]
    text = f"{lost[0].function}: {lost[0].message}" if lost else next(iter(record.notices), "")
    return _escape(text)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextmanager
def status(console: "Console", text: str) -> Iterator[None]:
    """Show that something goes on, on a terminal."""
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


@contextmanager
def progress(console: "Console", title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar with the time left, on a terminal; yield the function that advances it by one."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=total, note="")
        yield lambda note: progress.update(task, advance=1, note=note)


def print_findings(console: "Console", findings: "Sequence[Finding]") -> bool:
    """Print what the doctor has found, and what to do about it; return whether all protections hold."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for title in ("", "Protection", "What a submission tried", "What became of it"):
        table.add_column(title)
    for finding in findings:
        mark = "[green]✓[/]" if finding.holds else "[red]✗[/]"
        table.add_row(mark, finding.protection, finding.attempt, _escape(finding.outcome))
    console.print(table, highlight=False)
    broken = [finding for finding in findings if not finding.holds]
    for finding in broken:
        advice = f"[red]✗[/] {finding.protection}, {finding.attempt}: {_escape(finding.advice)}"
        console.print(advice, highlight=False, soft_wrap=True)
    if not broken:
        console.print(f"All {len(findings)} protections hold on this machine.", highlight=False)
    return not broken
