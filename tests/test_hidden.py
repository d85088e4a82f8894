"""Hidden tests and solutions: what students see of a cell, and what they must not see."""

import re

import pytest

from grading.hidden import secret_lines, without_hidden_tests, without_markers

CHECK = """\
# add adds
assert add(1, 2) == 3
### BEGIN HIDDEN TESTS
assert add(5, 6) == 11

    assert add(0, 0) == 0
### END HIDDEN TESTS
assert add(2, 2) == 4
### BEGIN HIDDEN TESTS
assert add(7, 8) == 15
### END HIDDEN TESTS"""
SOLUTION = """\
# GRADED FUNCTION: add
def add(a, b):
    ### BEGIN SOLUTION
    total = a + b
    ### END SOLUTION
    for _ in range(3):
        ### BEGIN SOLUTION
        total += 0
        ### END SOLUTION
    return total
"""


def test_every_hidden_region_is_cut_and_the_rest_stays() -> None:
    assert without_hidden_tests(CHECK) == "# add adds\nassert add(1, 2) == 3\nassert add(2, 2) == 4"


def test_a_check_without_hidden_tests_stays_as_it_is() -> None:
    assert without_hidden_tests("# add adds\nassert add(1, 2) == 3") == "# add adds\nassert add(1, 2) == 3"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
        ("    ### BEGIN HIDDEN TESTS", "\t### END HIDDEN TESTS"),
        ("### BEGIN HIDDEN TESTS: other sizes", "### END HIDDEN TESTS (two)"),
        ("pass  ### BEGIN HIDDEN TESTS", "assert secret(2) ### END HIDDEN TESTS"),
    ],
)
@pytest.mark.parametrize("last", ["", "\n", "\nassert after"])
def test_a_region_is_cut_with_its_markers_however_they_are_written(begin: str, end: str, last: str) -> None:
    shown = without_hidden_tests(f"assert before\n{begin}\nassert secret(1)\n{end}{last}")
    assert shown == ("assert before\nassert after" if "after" in last else "assert before")


def test_an_empty_region_is_cut() -> None:
    assert without_hidden_tests("a\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\nb") == "a\nb"


def test_a_solution_region_is_no_hidden_test() -> None:
    assert without_hidden_tests(SOLUTION) == SOLUTION.rstrip("\n")


def test_a_solution_without_markers_is_the_same_code() -> None:
    bare = without_markers(SOLUTION)
    assert bare == re.sub(r" *### .*\n", "", SOLUTION)
    names: dict[str, object] = {}
    exec(f"{bare}\nresult = add(2, 3)", names)
    assert names["result"] == 5


def test_secret_lines_are_those_of_all_regions_without_blanks_and_markers() -> None:
    assert list(secret_lines(CHECK)) == ["assert add(5, 6) == 11", "assert add(0, 0) == 0", "assert add(7, 8) == 15"]
    assert list(secret_lines(SOLUTION)) == ["total = a + b", "total += 0"]
    assert list(secret_lines("x = 1")) == []


def test_nothing_secret_is_left_in_what_is_shown() -> None:
    shown = without_hidden_tests(CHECK)
    assert not [line for line in secret_lines(CHECK) if line in shown]
    assert "HIDDEN" not in shown
