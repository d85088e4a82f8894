"""Verdicts that depend on the last digits are found and named; those that do not are certified."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from click.testing import CliRunner

from grading.cli import main
from grading.course import Course
from grading.environments import environment, oldest_numpy
from grading.errors import GradingError
from grading.kernels import FORCED_BY, active_kernel, distinct_kernels, forcing, pytorch_kernels
from grading.noise import Noise
from grading.portability import certify, load_certificate, save_certificate, standing
from grading.release import build_release
from grading.values import Encoder

EXACT_SUM = """\
# Every entry is multiplied
given = np.array([0.1, 0.2, 0.3])
assert scale(given.copy(), 0.7).sum() == (given * 0.7).sum(), "The sum is another one."
"""


@pytest.fixture(scope="module")
def kernels() -> list[str]:
    """All kernels of this machine: to find them takes seconds."""
    return distinct_kernels()


@pytest.fixture(autouse=True)
def two_kernels(kernels: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two kernels be enough."""
    monkeypatch.setattr("grading.portability.distinct_kernels", lambda python: kernels[:2])


def with_check(course: Course, source: str) -> Course:
    path = course.assignment("tiny").source
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[4].source = source
    nbformat.write(notebook, path)
    build_release(course, course.assignment("tiny"))
    return course


def test_a_check_that_compares_sums_exactly_is_named_with_the_digits(fresh: Course, kernels: list[str]) -> None:
    course = with_check(fresh, EXACT_SUM)
    trial = certify(course, course.assignment("tiny"), 2, other_numpy=[])
    assert len(trial.faults) == len(kernels[:2])
    assert trial.faults[0].startswith("scale_multiplies under ")
    assert f", NumPy {np.__version__}, noise 1e-12: 2 points become 0: The sum is another one." in trial.faults[0]
    assert "(largest difference" in trial.faults[0]
    assert "e-13; in the reference)" in trial.faults[0] or "e-12; in the reference)" in trial.faults[0]


def test_a_check_with_a_tolerance_is_certified_until_something_changes(fresh: Course, kernels: list[str]) -> None:
    course = with_check(
        fresh, EXACT_SUM.replace("scale(", "np.allclose(scale(").replace(" == ", ", ").replace(', "', '), "', 1)
    )
    assignment = course.assignment("tiny")
    trial = certify(course, assignment, 2, other_numpy=[])
    assert trial.faults == ()
    assert "Nobody has tried" in standing(course, assignment)
    save_certificate(trial.certificate, assignment)
    assert load_certificate(assignment) == trial.certificate
    assert standing(course, assignment).startswith(f"Portable: {len(kernels[:2])} kernels, noise 1e-12, NumPy")
    build_release(course, assignment)
    released = course.release("tiny") / "certificate.json"
    assert json.loads(released.read_text())["solutions"] == 1
    for secret in (str(course.root), os.uname().nodename, sys.executable):
        assert secret not in released.read_text()
    assert standing(course, assignment).startswith("Portable: ")
    changed = with_check(course, EXACT_SUM).assignment("tiny")
    assert standing(course, changed).startswith("Checks or solutions have changed")


def test_a_numpy_that_cannot_be_had_is_said_and_makes_the_exit_code(
    fresh: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, requirement: str) -> Any:
        raise GradingError(f"{requirement} cannot be installed: no network")

    monkeypatch.setattr("grading.portability.environment", refuse)
    result = CliRunner().invoke(main, ["--course", str(fresh.root), "verify", "tiny", "--portability"])
    assert result.exit_code == 1, result.output
    assert f"numpy=={oldest_numpy()} cannot be installed: no network" in result.output
    certificate = load_certificate(fresh.assignment("tiny"))
    assert certificate is not None
    assert len(certificate.left_out) == 2


def test_pip_that_fails_is_an_error_with_its_reason_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wanted, folder = r"numpy==1\.26\.0 cannot be installed: .*No matching distribution", tmp_path / "environments"
    with pytest.raises(GradingError, match=wanted), environment(folder, "numpy==1.26.0"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_each_kernel_that_is_named_comes_to_work(kernels: list[str]) -> None:
    asked = "from grading.kernels import active_kernel; print(active_kernel())"
    found = [
        subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, FORCED_BY: name},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for name in kernels
    ]
    assert len(set(found)) == len(kernels) >= 1
    assert active_kernel() in found


def test_only_what_was_computed_is_disturbed_and_always_alike() -> None:
    noise = Noise(1e-12)
    encoder = noise.encoder(lambda value: [])
    encoder.encode([np.array([0.1, 2 / 7]), 0.7])
    third = 1 / 3
    values = np.array([0.1, -0.2, 2 / 7, -2 / 7, 0.01, 3.0, 0.0, np.inf, third, -third, third])
    there = noise.disturbed(values)
    assert np.array_equal(there[:8], values[:8])
    assert there[8] == -there[9] == there[10] != third
    many = np.random.default_rng(0).normal(size=10_000)
    apart = noise.disturbed(many) / many - 1
    assert 0.9e-12 < np.abs(apart).max() < 1.1e-12
    assert abs(apart.mean()) < 2e-14


def test_values_keep_their_kinds_and_aliases_under_noise() -> None:
    noise = Noise(1e-12)
    array = np.array([[0.1, 0.2], [0.3, 1.0]], order="F") / 7
    plain = Encoder(lambda value: [])
    tree = plain.encode([array, array, np.float64(0.4) / 7, 0.6, (True, 2)])
    buffers = [memoryview(buffer) for buffer in plain.buffers]
    first, second, scalar, number, rest = noise.decoder(buffers, None, None).decode(tree)
    assert first is second
    assert first.flags.f_contiguous
    assert np.allclose(first, array, rtol=2e-12)
    assert not np.array_equal(first, array)
    assert (type(scalar), type(number), rest) == (np.float64, float, (True, 2))


def test_linked_packages_are_not_changed_by_another_numpy(tmp_path: Path) -> None:
    """What pip would write into an environment are new files; here a copy stands in for what it downloads."""
    from grading import environments  # noqa: PLC0415 - the instrument itself

    source, target = tmp_path / "source", tmp_path / "target"
    for name in ("numpy/core.py", "numpy.libs/blas.so", "numpy-2.4.6.dist-info/METADATA", "other/numpy/a.py"):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text(name)
    target.mkdir()
    environments._link_packages(source, target)
    assert [path.relative_to(target).as_posix() for path in target.rglob("*.*")] == ["other/numpy/a.py"]
    shutil.rmtree(target)
    assert (source / "other/numpy/a.py").read_text() == "other/numpy/a.py"


def test_single_precision_has_noise_of_its_own_size() -> None:
    computed = np.array([1 / 3, 0.25, 3.0], dtype=np.float32)
    disturbed = Noise(1e-12).disturbed(computed)
    assert disturbed.dtype == np.float32
    assert disturbed[1:].tolist() == [0.25, 3.0]
    assert 0 < abs(float(disturbed[0]) - float(computed[0])) < 1e-6


def test_a_tensor_comes_back_with_noise_where_it_was_computed_and_keeps_the_rest() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    noise = Noise(1e-12)
    encoder = noise.encoder(list)
    given = torch.tensor([1 / 7, 0.5])
    encoder.encode(given)
    answer = Encoder(list)
    tree = answer.encode([given, torch.tensor([1 / 3]), torch.arange(3)])
    buffers = [memoryview(bytes(buffer)) for buffer in answer.buffers]
    back, computed, whole = noise.decoder(buffers, list, list).decode(tree)
    assert torch.equal(back, given)
    assert not torch.equal(computed, torch.tensor([1 / 3]))
    assert torch.allclose(computed, torch.tensor([1 / 3]), rtol=2e-6)
    assert whole.tolist() == [0, 1, 2]


def test_each_kernel_of_pytorch_that_is_named_comes_to_work() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    found = pytorch_kernels()
    assert found[0] == "PyTorch default"
    assert len(found) == len(set(found))
    assert forcing("PyTorch avx2") == {"ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2"}
    assert forcing("Haswell") == {FORCED_BY: "Haswell"}
    assert forcing("") == {}


def test_an_old_release_is_not_certified(fresh: Course) -> None:
    (fresh.root / "utils").mkdir(exist_ok=True)
    (fresh.root / "utils" / "more.py").write_text("x = 2\n", encoding="utf-8")
    (fresh.release("tiny") / "utils").mkdir(exist_ok=True)
    (fresh.release("tiny") / "utils" / "more.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(
        GradingError, match=r"more\.py is not utils/more\.py as it is now.*Run first: grading release tiny"
    ):
        certify(fresh, fresh.assignment("tiny"), 2, other_numpy=[])
