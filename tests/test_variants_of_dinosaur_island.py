"""The checks, proved by right and wrong solutions: all of them go through the real engine, once."""

import pytest

from grading.autograde import default_workers
from grading.course import Assignment, Course
from grading.verify import Verification, verify


@pytest.fixture(scope="module")
def result(released_course: Course, assignment: Assignment) -> Verification:
    return verify(released_course, assignment, default_workers())


def test_right_variants_keep_full_marks_wrong_ones_fail_what_they_name_and_every_check_is_needed(
    result: Verification,
) -> None:
    assert result.faults == ()


def test_each_variant_has_a_row(result: Verification, repository: Course, assignment: Assignment) -> None:
    files = {
        path.relative_to(path.parents[2]) for path in (repository.root / "variants").glob("dinosaur_island/*/*/*.py")
    }
    rows = {f"{'right' if row.variant.right else 'wrong'}/{row.variant.name}.py" for row in result.rows}
    assert rows == {path.as_posix() for path in files}


def test_there_are_at_least_25_right_and_60_wrong_variants_and_some_of_each_function(
    result: Verification, assignment: Assignment
) -> None:
    right = [row.variant for row in result.rows if row.variant.right]
    wrong = [row.variant for row in result.rows if not row.variant.right]
    assert len(right) >= 25
    assert len(wrong) >= 60
    for variants in (right, wrong):
        assert {variant.function for variant in variants} == set(assignment.functions)


def test_a_mistake_costs_points_of_its_own_function_only(result: Verification) -> None:
    function_of = {check.grade_id: check.function for check in result.checks}
    for row in result.rows:
        assert {function_of[grade_id] for grade_id in row.lost} <= {row.variant.function}, row.variant.name
