"""The assignment `shakespeare`: its reference solutions on the real text, and its variants as files."""

import json
from pathlib import Path

import numpy as np
import pytest

from grading.course import Course
from grading.variants import load_variants, reference_solutions

COURSE = Course.find(Path(__file__).parent)
ASSIGNMENT = COURSE.assignment("shakespeare")


@pytest.fixture(scope="module")
def solutions():
    names = {"np": np}
    for source in reference_solutions(ASSIGNMENT).values():
        exec(source, names)
    return names


def test_the_sonnets_give_exactly_31412_examples_of_38_characters(solutions, real_text):
    sonnets = real_text("shakespeare_sonnets.txt").lower()
    X, Y = solutions["build_data"](sonnets)
    assert len(X) == len(Y) == 31_412
    characters = sorted(set(sonnets))
    assert len(characters) == 38
    x, y = solutions["vectorization"](X, Y, 38, {c: i for i, c in enumerate(characters)})
    assert x.shape == (31_412, 40, 38)
    assert y.shape == (31_412, 38)
    assert (x.sum(axis=2) == 1).all()
    assert "".join(characters[k] for k in x[777].argmax(axis=1)) == sonnets[3 * 777 : 3 * 777 + 40]


def test_sampling_asks_for_the_scaled_probabilities(solutions, monkeypatch):
    asked = []
    monkeypatch.setattr(np.random, "choice", lambda n, p: asked.append((n, p)) or 1)
    p = np.array([0.5, 0.3, 0.2])
    for temperature in (1.0, 0.5, 2.0):
        assert solutions["sample"](p, temperature) == 1
        n, q = asked.pop()
        assert n == 3
        assert q == pytest.approx(p ** (1 / temperature) / np.sum(p ** (1 / temperature)), rel=1e-12)


def test_it_has_four_graded_functions_and_the_points_that_its_first_cell_names():
    points = dict.fromkeys(ASSIGNMENT.functions, 0)
    for check in ASSIGNMENT.grade_cells:
        points[check.function] += check.points
    text = "".join(ASSIGNMENT.notebook.cells[0].source)
    assert list(points) == ["build_data", "vectorization", "lstm_step_forward", "sample"]
    for name, of_it in points.items():
        assert any(line.startswith(f"| `{name}`") and line.endswith(f"| {of_it:g} |") for line in text.splitlines())


def test_there_are_at_least_8_right_and_22_wrong_variants_and_some_of_each_function():
    variants = load_variants(COURSE, ASSIGNMENT)
    right = [variant for variant in variants if variant.right]
    wrong = [variant for variant in variants if not variant.right]
    assert len(right) >= 8
    assert len(wrong) >= 22
    for some in (right, wrong):
        assert {variant.function for variant in some} == set(ASSIGNMENT.functions)


def test_each_check_has_a_wrong_variant_that_no_other_check_catches():
    wrong = [variant for variant in load_variants(COURSE, ASSIGNMENT) if not variant.right]
    alone = {variant.caught_by[0] for variant in wrong if len(variant.caught_by) == 1}
    assert alone == {check.grade_id for check in ASSIGNMENT.grade_cells}


def test_the_notebook_names_its_text_and_imports_torch_by_the_poet_only():
    notebook = json.loads(ASSIGNMENT.source.read_text(encoding="utf-8"))
    assert notebook["metadata"]["texts"] == ["shakespeare_sonnets.txt"]
    lines = [line for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines()]
    assert not [line for line in lines if line.startswith(("import torch", "from torch"))]
