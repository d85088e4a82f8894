"""What students download: complete, worth nothing as it is, and without any secret."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading.course import Assignment, Course
from grading.demo import build_demo
from grading.errors import GradingError
from grading.hidden import secret_lines
from grading.release import build_release, check_release, find_leaks

REPOSITORY = Course.find(Path(__file__).parent)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", REPOSITORY.assignments())
def test_the_committed_release_is_what_the_source_gives_and_holds_no_secret(name: str, tmp_path: Path) -> None:
    course = build_demo(REPOSITORY, tmp_path, [name])
    build_release(course, course.assignment(name))
    committed, built = files_of(REPOSITORY.release(name)), files_of(course.release(name))
    assert sorted(committed) == sorted(built)
    changed = [file for file in committed if committed[file] != built[file]]
    assert changed == [], f"release/ is out of date. Run: grading release {name}"
    assert find_leaks(REPOSITORY.release(name), REPOSITORY.assignment(name)) == []


def test_each_release_stands_in_the_repository() -> None:
    assert [path.name for path in sorted((REPOSITORY.root / "release").glob("*/"))] == REPOSITORY.assignments()


def test_the_release_scores_zero_as_it_is_and_full_marks_with_the_solutions(
    released_course: Course, assignment: Assignment
) -> None:
    result = check_release(released_course, assignment, workers=2)
    assert result.faults == ()
    assert {check.verdict for check in result.stub.checks} == {"not_implemented"}
    assert result.reference.points == assignment.max_points == 20


def planted(assignment: Assignment) -> dict[str, str]:
    """Return a secret of each kind, taken from the source as it is now."""
    lines = sorted(secret_lines("\n".join(cell.source for cell in assignment.notebook.cells)), key=len)
    return {
        "marker": "### BEGIN HIDDEN TESTS",
        "solution": next(line for line in lines if line.startswith("np.clip(gradients[name]")),
        "hidden test": next(line for line in reversed(lines) if line.startswith("assert ")),
        "quotes and a backslash": next(line for line in lines if '"' in line and "\\n" in line),
    }


@pytest.mark.parametrize("kind", ["marker", "solution", "hidden test", "quotes and a backslash"])
@pytest.mark.parametrize("name", ["dinosaur_island.ipynb", "utils/rnn.py", "figures/clip.svg"])
def test_a_planted_secret_is_found_in_any_file(course: Course, assignment: Assignment, kind: str, name: str) -> None:
    path, secret = course.release(assignment.name) / name, planted(assignment)[kind]
    if path.suffix == ".ipynb":
        notebook = json.loads(path.read_text())
        notebook["cells"][1]["source"].append(f"\n{secret}")
        path.write_text(json.dumps(notebook))
    else:
        path.write_text(path.read_text() + f"\n# {secret}\n")
    leaks = find_leaks(course.release(assignment.name), assignment)
    assert any(name in leak for leak in leaks)


def test_the_hidden_parts_of_the_source_are_long_enough_to_be_looked_for(assignment: Assignment) -> None:
    from grading.release import _secrets  # noqa: PLC0415 - the instrument itself

    assert len(_secrets(assignment)) > 80


def test_the_release_runs_in_any_folder_without_the_course(released_course: Course, tmp_path: Path) -> None:
    shutil.copytree(released_course.release("dinosaur_island"), tmp_path / "mine")
    code = "import utils, utils.checks; print(utils.__file__); print(len(utils.load_names().splitlines()))"
    # -S and the bare path of NumPy: no package of the course is installed there
    site = Path(sys.modules["numpy"].__file__ or "").parent.parent
    environment = {"PYTHONPATH": str(site), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path / "mine",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / "mine" / "utils" / "__init__.py"), "1536"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"points": 2', '"points": 2, "grade_id": "clip_keeps_what_lies_inside"', "stands twice"),
        ("# GRADED FUNCTION: clip", "# clip", "No solution cell with a '# GRADED FUNCTION:' line stands above"),
        ("# No value leaves the interval", "given = 1  # No value leaves the interval", "should be a comment"),
    ],
)
def test_a_source_that_could_not_be_graded_as_meant_is_refused(
    course: Course, old: str, new: str, sentence: str
) -> None:
    path = course.assignment("dinosaur_island").source
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(GradingError, match=sentence):
        build_release(course, course.assignment("dinosaur_island"))


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (
            "import io\ntry:\n    scale(io.StringIO(), 1)\nexcept TypeError:\n    pass",
            "an object of type StringIO is no data",
        ),
        ("assert math.pi > 3", "uses 'math', which the cell 'look-at-scale' imports"),
        ("if False: scale(1\n", "is not Python, so it cannot run in the referee"),
    ],
)
def test_a_check_that_cannot_be_refereed_is_told_to_its_author(fresh: Course, check: str, fault: str) -> None:
    source = fresh.root / "source" / "tiny" / "tiny.ipynb"
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "look-at-scale":
            cell["source"] = "import math\n" + "".join(cell["source"])
        if cell["id"] == "roll_counts":
            cell["source"] = f"# As many results as were asked for\n{check}"
    source.write_text(json.dumps(notebook))
    tiny = fresh.assignment("tiny")
    build_release(fresh, tiny)
    result = check_release(fresh, tiny, workers=2)
    assert [sentence for sentence in result.faults if fault in sentence], result.faults
