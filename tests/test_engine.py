"""Both processes of a run at work: what a check sees of a student's functions, and what costs what."""

from typing import Any

GradeTiny = Any


def test_the_right_solutions_have_full_marks(grade_tiny: GradeTiny) -> None:
    outcome = grade_tiny()
    assert set(outcome.verdicts.values()) == {"passed"}, outcome.record.checks
    assert outcome.record.points == outcome.record.max_points == 5
    assert outcome.text("look-at-scale") == "[3. 6.]\n"
