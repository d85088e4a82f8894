"""Which mistake it was: a student's function is compared with wrong variants, through the real engine."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grading.diagnosis import REFERENCE, Rehearsals, diagnose
from grading.execution import NO_BRIEF, CellRun
from grading.job import Task, grade_one, make_task
from grading.report import Record
from grading.scoring import CheckResult
from grading.submission import Submission, pack_submission
from grading.transcript import Seen
from grading.variants import Variant, compose

VARIANTS = (
    Variant("scale/a_new_array", "scale", False, "A new array is\n    made.", ("scale_works_in_place",), ""),
    Variant("scale/returns_nothing", "scale", False, "Nothing is returned.", ("scale_multiplies",), ""),
    Variant("scale/pass", "scale", False, "Nothing is done.", ("scale_multiplies", "scale_works_in_place"), ""),
    Variant("roll/starts_at_zero", "roll", False, "The sides start at 0.", ("roll_shows_a_die",), ""),
)
BODIES = {
    "scale/a_new_array": "return values * factor",
    "scale/returns_nothing": "values *= factor",
    "scale/pass": "pass",
    "roll/starts_at_zero": "return [int(np.random.choice(SIDES)) for _ in range(count)]",
}
HEADS = {"scale": "def scale(values, factor):\n    ", "roll": "def roll(count):\n    "}
Grade = Callable[..., Record]


@pytest.fixture(scope="module")
def task(tiny: Task) -> Task:
    variants = [replace(one, source=HEADS[one.function] + BODIES[one.name]) for one in VARIANTS]
    right = Variant("scale/right", "scale", True, "", (), "def scale(values, factor): return values.__imul__(factor)")
    return make_task(tiny.assignment, tiny.files, variants=[*variants, right])


@pytest.fixture
def grade(task: Task) -> Grade:
    def grade_functions(**bodies: str) -> Record:
        sources = {name: f"# GRADED FUNCTION: {name}\n{HEADS[name]}{body}" for name, body in bodies.items()}
        notebook = compose(task.assignment.notebook, task.assignment, sources)
        return grade_one(task, pack_submission(Submission("s01", notebook))).record

    return grade_functions


def hints(record: Record) -> dict[str, tuple[str, str]]:
    return {check.grade_id: (check.misconception, check.hint) for check in record.checks if check.hint}


def test_who_makes_a_known_mistake_in_other_words_gets_its_hint(grade: Grade) -> None:
    record = grade(scale="import numpy\n    return numpy.multiply(factor, values)")
    assert hints(record) == {"scale_works_in_place": ("scale/a_new_array", "A new array is made.")}


def test_a_mistake_that_depends_on_draws_is_recognised_too(grade: Grade) -> None:
    record = grade(roll="return [int(side) - 1 for side in [np.random.choice(SIDES) + 1 for _ in range(count)]]")
    assert hints(record) == {"roll_shows_a_die": ("roll/starts_at_zero", "The sides start at 0.")}


def test_of_several_that_match_the_one_that_explains_all_and_no_more_is_taken(grade: Grade) -> None:
    returned_nothing = grade(scale="np.multiply(values, factor, out=values)")
    assert hints(returned_nothing) == {"scale_multiplies": ("scale/returns_nothing", "Nothing is returned.")}
    did_nothing = grade(scale="values + factor")
    assert hints(did_nothing) == {
        "scale_multiplies": ("scale/pass", "Nothing is done."),
        "scale_works_in_place": ("scale/pass", "Nothing is done."),
    }


def test_an_unknown_mistake_is_told_by_how_far_off_it_is(grade: Grade) -> None:
    record = grade(scale="values *= -factor\n    return values")
    assert hints(record) == {
        "scale_multiplies": ("", "All values of an array have the wrong sign."),
        "scale_works_in_place": ("", "All values of an array have the wrong sign."),
    }


def test_who_calls_alike_but_hears_another_complaint_gets_no_hint_of_that_variant() -> None:
    """Checks look at printed text, too, and that is no call."""
    seen = Seen(("called",), (1,), np.array([3.0]))
    said = {"prints 10": "After epoch 10, the number 4.5 is missing.", "prints nothing": "Nothing is printed."}
    runs = {name: CellRun("error", "AssertionError", message, seen=seen) for name, message in said.items()}
    variants = [Variant(name, "f", False, f"You {name}.", ("c",), "") for name in said]
    right = CellRun("ok", seen=Seen(("called", "called"), (1, 1), np.array([3.0, 4.0])))
    rehearsals: Any = SimpleNamespace(variants=variants, runs=lambda *_: {"c": {REFERENCE: right, **runs}})
    for number, hint in {"4.5001": "prints 10", "5.5": ""}.items():  # the same up to rounding, and another one
        complaint = f"After epoch 10, the number {number} is missing."
        check = CheckResult("c", "A check", "f", "failed", 0, 1, complaint)
        own = replace(runs["prints 10"], message=complaint)
        (result,) = diagnose([check], {"c": own}, rehearsals, NO_BRIEF)
        assert result.misconception == hint


def test_right_and_unwritten_functions_get_no_hint(grade: Grade) -> None:
    assert hints(grade()) == {}
    assert hints(grade(scale="raise NotImplementedError('later')")) == {}


def test_variants_run_once_for_all_submissions_with_the_same_inputs(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade(scale="return values * factor")
    monkeypatch.setattr(Rehearsals, "_rehearse", lambda *_: pytest.fail("they were run again"))
    assert hints(grade(scale="return factor * values"))


def test_a_variant_that_never_ends_keeps_nobody_waiting_for_ever(tiny: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.diagnosis.SECONDS", 1.0)
    source = HEADS["scale"] + "while True: pass"
    stuck = Variant("scale/stuck", "scale", False, "It never ends.", ("scale_multiplies",), source)
    task = make_task(tiny.assignment, tiny.files, variants=[stuck])
    wrong = {"scale": f"# GRADED FUNCTION: scale\n{HEADS['scale']}return values"}
    notebook = compose(task.assignment.notebook, task.assignment, wrong)
    record = grade_one(task, pack_submission(Submission("s01", notebook))).record
    assert record.checks[0].misconception == ""
    assert record.checks[0].verdict == "failed"


def test_a_function_that_does_not_exist_gets_no_hint(task: Task) -> None:
    sources = {"scale": "# GRADED FUNCTION: scale\ndef scale(values, factor):\n    return ("}
    notebook = compose(task.assignment.notebook, task.assignment, sources)
    record = grade_one(task, pack_submission(Submission("s01", notebook))).record
    assert record.checks[0].verdict == "error"
    assert record.checks[0].hint == ""
