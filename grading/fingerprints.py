"""Fingerprints of checks: what decides the outcome of a check for one and the same submission, as a sha256.

A record keeps those with which it was graded, so that `regrade` can tell which checks have changed since. Part of one
are: the check itself, its points and its function; the locked cells and the released files, which run with every
check; earlier checks whose names it uses; the wrong variants, which give hints; the solutions and the course's secret,
where it uses them; and the limits. The versions of the engine, of Python and of its packages are not: after an update
of those, `--force` grades all checks again.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from grading.course import Assignment
from grading.execution import Limits
from grading.plan import Plan
from grading.variants import Variant, reference_solutions

# of `utils.checks`: a check with this word may compare with the author's solutions, or draw what the secret decides
REFERENCE, SEED = "reference", "student_seed"


def fingerprints(
    assignment: Assignment,
    plan: Plan,
    files: Mapping[str, bytes],
    limits: Limits,
    wrong: Sequence[Variant] = (),
    secret: bytes = b"",
) -> dict[str, str]:
    """Return the fingerprint of each check by its `grade_id`, in the order of the assignment.

    Args:
        assignment: whose source notebook holds the checks.
        plan: of this assignment.
        files: the released ones, by path relative to the notebook.
        limits: what a submission may use.
        wrong: the wrong variants, with which what a check has seen is compared.
        secret: of the course; no fingerprint tells it.
    """
    shared = _digest([*_shared_parts(assignment, plan, files), asdict(limits)])
    solutions = _digest(reference_solutions(assignment))
    drawn = hmac.new(secret, b"fingerprint", hashlib.sha256).hexdigest()
    found: dict[str, str] = {}
    for check in assignment.grade_cells:
        source = assignment.cells[check.grade_id].source
        parts = [shared, check.grade_id, source, check.points, check.function, plan.needs[check.grade_id]]
        parts += [found[grade_id] for grade_id in plan.uses.get(check.grade_id, ())]
        parts += [[one.name, one.source, one.description] for one in wrong if one.function == check.function]
        parts += [solutions] if REFERENCE in source else []
        parts += [drawn] if SEED in source else []
        found[check.grade_id] = _digest(parts)
    return found


def _shared_parts(assignment: Assignment, plan: Plan, files: Mapping[str, bytes]) -> Iterable[Any]:
    """Return what runs with every check."""
    for grade_id, cell in assignment.cells.items():
        settings = cell.metadata.nbgrader
        if cell.cell_type == "code" and settings.locked and not settings.grade and not settings.solution:
            yield [grade_id, cell.source, grade_id in plan.shared]
    for name, data in sorted(files.items()):
        yield [name, hashlib.sha256(data).hexdigest()]


def _digest(parts: Any) -> str:
    """Return the sha256 of anything that JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
