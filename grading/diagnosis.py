"""Say which mistake it was: compare what a check saw with what it sees of the wrong variants and of the reference.

A wrong variant that behaves like the student's function on the same inputs gives its hint. The inputs may be the
student's own (`utils.checks.student_seed`), so the variants run with the same seed, through the same engine; what a
check without a seed sees of them is kept for the next submission.
"""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isclose

from nbformat import NotebookNode, from_dict

from grading.course import Assignment
from grading.execution import Brief, CellRun, Limits, execute
from grading.plan import Plan, needed_cells
from grading.scoring import CheckResult, is_undefined
from grading.transcript import alike, how_far
from grading.variants import Variant, reference_solutions

DIAGNOSED = ("failed", "partial", "error")  # the other verdicts say themselves what happened
SECONDS = 10.0  # of one check with a wrong variant: some never end, and none says anything new after that
REFERENCE = ""  # the name of the reference solutions among the variants


@dataclass(frozen=True)
class Rehearsals:
    """What the checks of an assignment see of its variants and reference solutions, as far as it was needed yet."""

    assignment: Assignment
    plan: Plan
    files: Mapping[str, bytes]
    variants: tuple[Variant, ...]  # the wrong ones
    memory: int
    sandboxed: bool
    _runs: dict[tuple[str, str, str], CellRun] = field(default_factory=dict)  # by check, variant and seed

    def runs(self, checks: Iterable[str], brief: Brief) -> dict[str, dict[str, CellRun]]:
        """Return for each of these checks how it ends for the variants that it catches, by name, and what it sees.

        Raises:
            GradingError: the processes cannot be started.
        """
        wanted = {check: [REFERENCE, *(v.name for v in self.variants if check in v.caught_by)] for check in checks}
        keys = {(check, name): (check, name, self._seed(check, brief)) for check in wanted for name in wanted[check]}
        missing = [pair for pair, key in keys.items() if key not in self._runs]
        if missing:
            for pair, run in self._rehearse(missing, brief).items():
                self._runs[keys[pair]] = run
        found = {check: {name: self._runs[keys[check, name]] for name in names} for check, names in wanted.items()}
        for key in [key for key in self._runs if key[2]]:
            del self._runs[key]  # the next student has another seed
        return found

    def _seed(self, check: str, brief: Brief) -> str:
        return brief.seed if "student_seed" in self.assignment.cells[check].source else ""

    def _cell(self, check: str) -> NotebookNode:
        return copy.deepcopy(self.assignment.cells[check])

    def _rehearse(self, pairs: Sequence[tuple[str, str]], brief: Brief) -> dict[tuple[str, str], CellRun]:
        """Run the checks with the variants, all in one notebook."""
        sources = {variant.name: variant.source for variant in self.variants}
        reference = reference_solutions(self.assignment)
        functions = {check.grade_id: check.function for check in self.assignment.grade_cells}
        checks = [check for check, _ in pairs]
        cells = needed_cells(self.assignment.notebook.cells, self.plan, checks)
        cells += [self._cell(earlier) for check in dict.fromkeys(checks) for earlier in self.plan.uses[check]]
        places: dict[tuple[str, str], int] = {}
        for check, name in pairs:
            right = reference[functions[check]]
            cells += [_code_cell(sources.get(name, right)), self._cell(check), _code_cell(right)]
            places[check, name] = len(cells) - 2
        limits = Limits(cell=SECONDS, notebook=SECONDS * (5 + len(pairs)), memory=self.memory)
        notebook = NotebookNode(cells=cells)  # no valid one, for its checks stand there twice; nobody gets to see it
        told = replace(brief, tells_all=True)
        runs = execute(notebook, self.plan, self.files, limits, sandboxed=self.sandboxed, brief=told).runs
        return {pair: runs[place] for pair, place in places.items()}


def _code_cell(source: str) -> NotebookNode:
    cell: NotebookNode = from_dict({"cell_type": "code", "source": source, "metadata": {}, "outputs": []})
    return cell


def diagnose(
    checks: Sequence[CheckResult], runs: Mapping[str, CellRun], rehearsals: Rehearsals, brief: Brief
) -> tuple[CheckResult, ...]:
    """Return the results of the checks with a hint where a mistake is known, or else how far off the result is.

    Args:
        checks: of one submission.
        runs: how their cells ended, by `grade_id`.
        rehearsals: of the assignment.
        brief: what the referee was told when it ran the checks.
    """
    asked = [check for check in checks if check.verdict in DIAGNOSED and _can_be_compared(check, runs[check.grade_id])]
    if not asked:
        return tuple(checks)
    behaviour = rehearsals.runs([check.grade_id for check in asked], brief)
    matches = {grade_id: _matching(runs[grade_id], others) for grade_id, others in behaviour.items()}
    failed = {check.grade_id for check in checks if check.points < check.max_points}
    ranks = {variant.name: _rank(variant, failed, matches) for variant in rehearsals.variants}
    hints = {variant.name: variant.description for variant in rehearsals.variants}
    return tuple(
        _with_hint(check, runs[check.grade_id], behaviour[check.grade_id][REFERENCE], best, hints)
        if check.grade_id in behaviour
        else check
        for check in checks
        for best in [max(matches.get(check.grade_id, ()), key=lambda name: ranks[name], default="")]
    )


def _can_be_compared(check: CheckResult, run: CellRun) -> bool:
    """Tell whether something was seen; of a function that does not exist, the message says all."""
    return run.seen is not None and not is_undefined(check.function, run)


def _matching(own: CellRun, behaviour: Mapping[str, CellRun]) -> list[str]:
    """Return the names of the variants that behave as the student's function does, and not as the reference."""
    if _behaves_alike(own, behaviour[REFERENCE]):
        return []
    return [name for name, run in behaviour.items() if name != REFERENCE and _is_alike(own, run)]


def _is_alike(one: CellRun, other: CellRun) -> bool:
    return _behaves_alike(one, other) and _complain_alike(one, other)


def _behaves_alike(one: CellRun, other: CellRun) -> bool:
    return one.seen is not None and other.seen is not None and alike(one.seen, other.seen)


def _complain_alike(one: CellRun, other: CellRun) -> bool:
    """Tell whether the check says the same of both: it may have looked at more than calls, at printed text say."""
    if "AssertionError" not in (one.error, other.error):
        return True
    texts = [_NUMBER.sub("#", run.message) for run in (one, other)]
    numbers = [[float(number) for number in _NUMBER.findall(run.message)] for run in (one, other)]
    return texts[0] == texts[1] and all(isclose(*pair, rel_tol=1e-3) for pair in zip(*numbers, strict=True))


_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _rank(variant: Variant, failed: set[str], matches: Mapping[str, Sequence[str]]) -> tuple[bool, int, int]:
    """Return how specific a variant is: it explains all that failed and nothing more; the more checks, the better."""
    explained = sum(variant.name in names for names in matches.values())
    return set(variant.caught_by) <= failed, explained, -len(variant.caught_by)


def _with_hint(
    check: CheckResult, own: CellRun, reference: CellRun, misconception: str, hints: Mapping[str, str]
) -> CheckResult:
    if misconception:
        return replace(check, misconception=misconception, hint=" ".join(hints[misconception].split()))
    if own.seen is None or reference.seen is None:
        return check
    return replace(check, hint=how_far(own.seen, reference.seen))
