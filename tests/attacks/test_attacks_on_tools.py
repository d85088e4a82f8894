"""Attacks on the tools of the checks that run beside a student's function: what they report is the student's word."""

from pathlib import Path

import pytest

from grading.autograde import course_task
from grading.course import Course
from grading.job import grade_one
from grading.report import Record
from grading.submission import Submission, pack_submission
from grading.variants import compose
from grading.verify import released_notebook

pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

COURSE = Course.find(Path(__file__).parent)
NAME = "rnn_from_scratch"
LIES = """
import torch
import utils.torch_checks as tools
import utils.torch_rnn as models

given = []
tools.traits = lambda function, *arguments: [tools.Trait(True, True, True)] * 5
tools.gradients_through = lambda rnn, inputs, state, params, weights: [
    torch.ones_like(one) if weights.eq(1).all() else torch.zeros_like(one) for one in (state, *params)
]
tools.set_gradients = lambda net, gradients: given.append([one.clone() for one in gradients])
norm = lambda gradients: max(1.0, float(torch.cat([one.flatten() for one in gradients]).norm()))
tools.gradients_of = lambda net: [one / norm(given[-1]) for one in given[-1]]
tools.values_of = lambda net: [torch.ones(2, 2)]
tools.step_with = lambda net, updater, gradients: [-0.5 * one for one in gradients]
tools.gradient_and_step = lambda model, weights, factor: (factor, (weights - factor) * factor)
tools.clip_exactly = lambda net, theta: None
models.RecordingModel.states_given = property(lambda self: [torch.zeros(2, 4)] * 3, lambda self, value: None)
models.RecordingModel.states_returned = property(lambda self: [torch.zeros(2, 4)] * 3, lambda self, value: None)
"""


def graded(before: str, body: str) -> Record:
    """Return the record of a submission whose functions do nothing but this, with this source before the first one."""
    assignment = COURSE.assignment(NAME)
    solutions = {
        name: f"# GRADED FUNCTION: {name}\n{before if number == 0 else ''}\ndef {name}(*args, **kwargs):\n    {body}"
        for number, name in enumerate(assignment.functions)
    }
    notebook = compose(released_notebook(COURSE, assignment), assignment, solutions)
    return grade_one(course_task(COURSE, assignment), pack_submission(Submission("s01", notebook))).record


@pytest.mark.parametrize("body", ["pass", "return [torch.zeros(3), torch.zeros(3)]", "return args[-1]"])
def test_tools_that_lie_gain_nothing(body: str) -> None:
    honest, lying = graded("", body), graded(LIES, body)
    assert honest.status == lying.status == "graded"
    passed = [{check.grade_id for check in record.checks if check.points} for record in (honest, lying)]
    assert passed[1] <= passed[0]
    assert honest.points <= 1  # who does nothing leaves short gradients as they are, and that is right
