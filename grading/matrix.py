"""The kill matrix as a table: a row a variant, a column a check.

The command imports this module late, as `console` imports rich.
"""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading.mutation import Mutation
from grading.verify import Row, Verification

CAUGHT, SURVIVED, UNFAIR = "[green]×[/]", "[red]?[/]", "[red]![/]"


def print_verification(console: Console, result: Verification) -> None:
    """Print the kill matrix with its legend, and a sentence for everything that is not as it should be."""
    if result.rows:
        console.print(_matrix(result), highlight=False)
        console.print(_legend(result), highlight=False)
        console.print(
            f"{CAUGHT} caught, as it should be   {SURVIVED} survived   {UNFAIR} points lost that it should keep\n",
            highlight=False,
        )
    print_faults(console, result)
    print_proved(console, result)


def print_faults(console: Console, result: Verification) -> None:
    """Print a sentence for everything that is not as it should be."""
    for fault in result.faults:
        console.print(f"[red]✗[/] {escape(fault)}", highlight=False, soft_wrap=True)


def print_proved(console: Console, result: Verification) -> None:
    """Print in a line how many variants did what they should."""
    if result.broken:
        console.print("The instrument itself is broken, so no variant was tried.")
        return
    right = sum(row.variant.right for row in result.rows)
    wrong = len(result.rows) - right
    mark = "[red]✗[/]" if result.faults else "[green]✓[/]"
    kept = f"{result.proved(right=True)} of {right} right variants keep full marks"
    caught = f"{result.proved(right=False)} of {wrong} wrong ones fail exactly the checks that they name"
    console.print(f"{mark} {kept}; {caught} ({result.seconds:.0f} s).", highlight=False)


def print_mutation(console: Console, result: Mutation) -> None:
    """Print how many mutants were killed, and why the others could not be."""
    for fate in result.explained:
        name = escape(f"{fate.mutant.name}: {result.equivalent[fate.mutant.name]}")
        console.print(f"[dim]=[/] {name}", highlight=False, soft_wrap=True)
    for fault in result.faults:
        console.print(f"[red]✗[/] {escape(fault)}", highlight=False, soft_wrap=True)
    mark = "[red]✗[/]" if result.faults else "[green]✓[/]"
    killed = f"{result.killed} of {len(result.fates)} mutants killed ({result.share:.1%})"
    equivalent = f"{len(result.explained)} equivalent ones are listed with the reason"
    others = f"of all others {result.share_of_killable:.1%}"
    console.print(f"{mark} {killed}; {equivalent}; {others} ({result.seconds:.0f} s).", highlight=False, soft_wrap=True)


def _matrix(result: Verification) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, show_footer=True)  # 19 checks fit beside names of 60 characters
    table.add_column("Variant", footer="wrong variants caught\n... and by no other check", no_wrap=True)
    catches, alone = result.catches, result.alone
    for number, check in enumerate(result.checks, start=1):
        footer = f"{catches[check.grade_id]}\n{alone[check.grade_id] or '[red]0[/]'}"
        table.add_column(str(number), footer=footer, justify="right", min_width=2)
    for function in dict.fromkeys(check.function for check in result.checks):
        rows = [row for row in result.rows if row.variant.function == function]
        for place, row in enumerate(rows, start=1):
            kind = "right" if row.variant.right else "wrong"
            cells = [_cell(row, check.grade_id) for check in result.checks]
            table.add_row(f"{kind} {escape(row.variant.name)}", *cells, end_section=place == len(rows))
    return table


def _cell(row: Row, check: str) -> str:
    if row.fault or check in row.unfair:
        return UNFAIR
    if check in row.survived:
        return SURVIVED
    return CAUGHT if check in row.lost else "[dim]·[/]"


def _legend(result: Verification) -> Table:
    columns = 2
    grid = Table.grid(padding=(0, 3))
    names = [f"{number:>2} {check.grade_id}" for number, check in enumerate(result.checks, start=1)]
    height = -(-len(names) // columns)
    for line in range(height):
        grid.add_row(*names[line::height])
    return grid
