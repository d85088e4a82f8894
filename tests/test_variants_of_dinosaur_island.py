"""The checks, proved by right and wrong solutions: all of them go through the real engine, once."""

from pathlib import Path

import pytest

from grading.autograde import default_workers, released_files
from grading.course import Assignment, Course
from grading.job import GradingPool, make_task
from grading.report import Record
from grading.submission import Submission, pack_submission
from grading.variants import Variant, compose, load_variants

COURSE = Course.find(Path(__file__).parent)
VARIANTS = load_variants(COURSE, COURSE.assignment("dinosaur_island"))
RIGHT = [variant for variant in VARIANTS if variant.right]
WRONG = [variant for variant in VARIANTS if not variant.right]


def student_id(variant: Variant) -> str:
    return f"{'right' if variant.right else 'wrong'}-{variant.name.replace('/', '-')}"


@pytest.fixture(scope="module")
def records(released_course: Course, assignment: Assignment, release: Submission) -> dict[str, Record]:
    submissions = [
        Submission(student_id(variant), compose(release.notebook, assignment, {variant.function: variant.source}))
        for variant in VARIANTS
    ]
    task = make_task(assignment, released_files(released_course, assignment))
    with GradingPool(task, default_workers()) as pool:
        return {handed_in.student: graded.record for handed_in, graded in pool.grade(map(pack_submission, submissions))}


def test_there_are_at_least_8_right_and_20_wrong_variants_and_some_of_each_function(assignment: Assignment) -> None:
    assert len(RIGHT) >= 8
    assert len(WRONG) >= 20
    assert (
        {variant.function for variant in RIGHT} == {variant.function for variant in WRONG} == set(assignment.functions)
    )


@pytest.mark.parametrize("variant", RIGHT, ids=student_id)
def test_a_right_variant_has_full_marks(variant: Variant, records: dict[str, Record]) -> None:
    record = records[student_id(variant)]
    assert record.status == "graded", record.message
    assert [(check.grade_id, check.message) for check in record.checks if check.points < check.max_points] == []


@pytest.mark.parametrize("variant", WRONG, ids=student_id)
def test_a_wrong_variant_fails_exactly_the_checks_that_it_names(variant: Variant, records: dict[str, Record]) -> None:
    record = records[student_id(variant)]
    assert record.status == "graded", record.message
    failed = {check.grade_id: check.message for check in record.checks if check.points < check.max_points}
    assert set(failed) == set(variant.caught_by), failed


def test_a_mistake_costs_points_of_its_own_function_only(assignment: Assignment) -> None:
    function_of = {check.grade_id: check.function for check in assignment.grade_cells}
    for variant in WRONG:
        assert {function_of[grade_id] for grade_id in variant.caught_by} == {variant.function}, variant.name


def test_every_check_is_needed_by_some_wrong_variant(assignment: Assignment) -> None:
    caught = {grade_id for variant in WRONG for grade_id in variant.caught_by}
    assert {check.grade_id for check in assignment.grade_cells} - caught == set()
