"""The reference solution against the published training log: the one oracle that is not ours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import utils
from grading.course import Assignment
from grading.variants import reference_solutions

LOG = json.loads(Path(__file__).with_name("data").joinpath("published_training_log.json").read_text())["rows"]


@pytest.fixture(scope="module")
def namespace(assignment: Assignment) -> dict[str, Any]:
    """What the notebook would hold: utils, and the four functions of the source notebook."""
    names: dict[str, Any] = {name: getattr(utils, name) for name in utils.__all__}
    exec("import numpy as np", names)
    for source in reference_solutions(assignment).values():
        exec(source, names)
    return names


def test_reference_reproduces_losses_and_names_up_to_iteration_12001(
    namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    losses: list[float] = []

    def smooth_and_keep(loss: float, current: float, smooth: Callable[[float, float], float] = utils.smooth) -> float:
        losses.append(smooth(loss, current))
        return losses[-1]

    namespace["smooth"] = smooth_and_keep
    namespace["model"](utils.load_names(), utils.ix_to_char, utils.char_to_ix, num_iterations=12_001)

    reports = [report.split() for report in capsys.readouterr().out.split("Iteration: ")[1:]]
    assert [row["iteration"] for row in LOG] == [1, 2001, 4001, 6001, 8001, 10001, 12001]
    for row, report in zip(LOG, reports, strict=True):
        assert abs(losses[row["iteration"] - 1] - row["smoothed_loss"]) < 1e-9
        assert report[0] == f"{row['iteration']},"
        assert report[3:] == row["names"]
