"""A course of its own for the tests: built once, by the same functions that the command uses."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.course import Assignment, Course
from grading.demo import ASSIGNMENT, build_demo
from grading.release import build_release
from grading.submission import Submission, read_submission

REPOSITORY = Course.find(Path(__file__).parent)


@pytest.fixture(scope="session")
def repository() -> Course:
    """The course that these tests belong to; nothing may be written there."""
    return REPOSITORY


@pytest.fixture(scope="session")
def released_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the course with a release and no submissions; tests that write take `course`."""
    course = build_demo(REPOSITORY, tmp_path_factory.mktemp("course"))
    build_release(course, course.assignment(ASSIGNMENT))
    return course


@pytest.fixture
def course(released_course: Course, tmp_path: Path) -> Course:
    """A released course that one test has to itself."""
    shutil.copytree(released_course.root, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture(scope="session")
def assignment(released_course: Course) -> Assignment:
    """The assignment of the released course."""
    return released_course.assignment(ASSIGNMENT)


@pytest.fixture(scope="session")
def release(released_course: Course) -> Submission:
    """The release, as a student who has done nothing hands it in."""
    submission = read_submission(released_course.release(ASSIGNMENT), "stub", ASSIGNMENT)
    assert isinstance(submission, Submission)
    return submission


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep what Jupyter and nbgrader write into a home out of the real one."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "IPYTHON"))]:
        monkeypatch.delenv(name)
    yield folder
