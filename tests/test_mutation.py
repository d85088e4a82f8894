"""Mutants: what the operators change, and what the run says about survivors."""

import ast
from collections.abc import Mapping

import pytest

from grading.course import Assignment, Course
from grading.errors import CourseError
from grading.mutants import make_mutants, mutate
from grading.mutation import EQUIVALENT, Fate, Mutation, load_equivalent, only_checks_of, run_mutants
from grading.release import build_release

CELL = '''# GRADED FUNCTION: pick
def pick(values, limit=5):
    """Return some values."""
    shown = 7
    ### BEGIN SOLUTION
{}
    ### END SOLUTION
'''


def mutants_of(*lines: str) -> dict[str, str]:
    """Return the mutants of these lines: by their names, from the change on, the statements that differ."""
    cell = CELL.format("\n".join(f"    {line}" for line in lines))
    original = ast.unparse(ast.parse(cell)).splitlines()
    found = {}
    for mutant in mutate("pick", cell):
        changed = [line.strip() for line in mutant.source.splitlines() if line not in original]
        found[mutant.name.split(":", 2)[2]] = "; ".join(line for line in changed if not line.startswith("#"))
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return 1 < limit", {"compare < to <=": "return 1 <= limit", "compare < to >=": "return 1 >= limit"}),
        ("return limit - 1", {"arithmetic - to +": "return limit + 1", "operands of - swapped": "return 1 - limit"}),
        ("return limit @ shown", {"operands of @ swapped": "return shown @ limit", "left of @ only": "return limit"}),
        ("return -limit", {"sign or not removed": "return limit"}),
        ("return limit and shown", {"and to or": "return limit or shown", "condition 1 removed": "return shown"}),
        ("return 3 if limit else 4", {"condition negated": "return 3 if not limit else 4"}),
        ("return 3 if limit else 4", {"always the first": "return 3", "constant 3 to 2": "return 2 if limit else 4"}),
        ("return values[1:limit]", {"lower bound removed": "return values[:limit]", "index removed": "return values"}),
        ("return max(limit, 1)", {"argument 1 of max removed": "return max(1)", "None returned": "return None"}),
        ("return max(limit, 1)", {"arguments 1 and 2 of max swapped": "return max(1, limit)"}),
        ("return sorted(values, key=len)", {"argument key of sorted removed": "return sorted(values)"}),
        ("return values.copy()", {"object in place of values.copy": "return values"}),
        ("return limit, shown", {"elements 1 and 2 swapped": "return (shown, limit)"}),
        ("return limit, shown", {"result 2 to None": "return (limit, None)"}),
        ("limit += 1", {"+= to =": "limit = 1", "statement removed": "pass"}),
        ("return [v for v in values if v]", {"condition removed": "return [v for v in values]"}),
        ("return [v for v in values]", {"loop without the first": "return [v for v in list(values)[1:]]"}),
        ("return [None]", {"None to 0": "return [0]"}),
    ],
)
def test_an_operator_makes_each_change_that_it_knows(line: str, expected: Mapping[str, str]) -> None:
    found = mutants_of(line)
    assert expected.items() <= found.items(), found


def test_what_stands_outside_the_solution_is_left_alone() -> None:
    assert not [change for change in mutants_of("return values") if "5" in change or "7" in change]


def test_mutants_are_python_all_different_and_have_names_of_their_own(assignment: Assignment) -> None:
    mutants = make_mutants(assignment)
    assert len(mutants) > 300
    assert len({mutant.name for mutant in mutants}) == len({ast.unparse(ast.parse(m.source)) for m in mutants})
    assert {mutant.function for mutant in mutants} == set(assignment.functions)
    for mutant in mutants:
        name, line, change = mutant.name.split(":", 2)
        assert name == mutant.function
        assert int(line) > 1
        assert change


def test_equivalent_mutants_of_the_course_exist(repository: Course, assignment: Assignment) -> None:
    listed = load_equivalent(repository, assignment)
    mutants = make_mutants(assignment)
    assert set(listed) <= {mutant.name for mutant in mutants}
    assert 1 - len(listed) / len(mutants) >= 0.98  # what `make certify` proves: all others are killed


def test_all_mutants_of_the_small_assignment_are_killed_through_the_real_engine(fresh: Course) -> None:
    path = fresh.root / "variants" / "tiny" / EQUIVALENT
    path.parent.mkdir(parents=True)
    path.write_text('"roll:4:argument in place of int" = "Without a size, np.random.choice returns an int already."')
    result = run_mutants(fresh, fresh.assignment("tiny"), workers=2)
    assert len(result.fates) >= 20
    assert result.faults == ()
    assert (result.killed, result.share_of_killable) == (len(result.fates) - 1, 1)


def test_a_check_that_grows_weaker_lets_a_mutant_survive_and_it_is_named(fresh: Course) -> None:
    source = fresh.assignment("tiny").source
    text = source.read_text()
    assert text.count("given * -4.0") == 1
    weaker = text.replace("[3.0, 6.0]), ", "[3.0, 6.0]) or True, ").replace("given * -4.0)", "given * -4.0) or True")
    source.write_text(weaker.replace("assert points, ", "assert points or True, "))
    build_release(fresh, fresh.assignment("tiny"))
    result = run_mutants(fresh, fresh.assignment("tiny"), workers=2)
    survivors = [fate.mutant.name for fate in result.fates if fate.survived]
    assert "scale:5:None returned" in survivors
    assert [fault for fault in result.faults if fault.startswith("The mutant scale:5:None returned survives")]


def test_survivors_need_a_reason_and_reasons_need_a_survivor() -> None:
    mutants = {name: next(mutate("pick", CELL.format("    return values"))) for name in ("dead", "listed", "open")}
    fates = tuple(
        Fate(type(mutant)(name, "pick", "", "return values"), ("a_check",) if name == "dead" else (), False)
        for name, mutant in mutants.items()
    )
    result = Mutation(fates, {"listed": "It is the same.", "dead": "It is the same.", "gone": "It is the same."})
    assert result.faults == (
        f"The mutant open survives, in 'return values'. Write a check for it, or list it in {EQUIVALENT}.",
        f"{EQUIVALENT} lists dead, but a_check caught it.",
        f"{EQUIVALENT} lists gone, and there is no such mutant.",
    )
    assert (result.share, result.share_of_killable) == (1 / 3, 1 / 2)


@pytest.mark.parametrize("text", ['"a" = 1', '"a" = " "', "= nothing"])
def test_a_list_without_reasons_is_refused(fresh: Course, text: str) -> None:
    path = fresh.root / "variants" / "tiny" / EQUIVALENT
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(CourseError, match=EQUIVALENT):
        load_equivalent(fresh, fresh.assignment("tiny"))


def test_the_assignment_of_one_function_has_its_checks_and_all_other_cells(assignment: Assignment) -> None:
    small = only_checks_of(assignment, "clip")
    assert {check.function for check in small.grade_cells} == {"clip"}
    assert len(small.notebook.cells) == len(assignment.notebook.cells) - 16
