"""Killed at any moment, full disks, other writers: nothing is lost, and the next run gives what one run would have."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grading.autograde import autograde, one_writer, ungraded
from grading.course import Course
from grading.errors import GradingError
from grading.report import load_record

STUDENTS = [f"s{number:02}" for number in range(1, 9)]
MOMENTS = 20
RUN_SECONDS = 60  # a run takes three; it must never hang


@pytest.fixture(scope="module")
def expected(class_course: Course, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run without a disturbance leaves behind."""
    root = tmp_path_factory.mktemp("expected") / "course"
    shutil.copytree(class_course.root, root)
    finish(Course(root))
    state = state_of(Course(root))
    print(state["submissions"])
    return state


def finish(course: Course) -> None:
    assignment = course.assignment("tiny")
    autograde(course, assignment, ungraded(course, assignment, course.students("tiny")), workers=2)


def state_of(course: Course) -> dict[str, Any]:
    """Everything that a run leaves behind, less how long it took."""
    files: dict[str, Any] = {}
    for path in sorted((course.root / "autograded").rglob("*")):
        name = path.relative_to(course.root).as_posix()
        if path.name == "record.json":
            files[name] = {**json.loads(path.read_text()), "seconds": None}
        elif path.is_file():
            files[name] = path.read_bytes()
    with sqlite3.connect(course.root / "gradebook.db") as database:
        grades = database.execute(
            "SELECT student.id, base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade"
            " FROM grade JOIN base_cell ON grade.cell_id = base_cell.id"
            " JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id"
            " JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id"
            " JOIN student ON submitted_assignment.student_id = student.id ORDER BY 1, 2"
        ).fetchall()
        students = database.execute("SELECT student_id, timestamp FROM submitted_assignment ORDER BY 1").fetchall()
    points = [
        (student, getattr(load_record(course.autograded(student, "tiny")), "points", None)) for student in STUDENTS
    ]
    return {"files": files, "grades": grades, "students": students, "submissions": points}


def start(course: Course, *options: str, **settings: Any) -> "subprocess.Popen[bytes]":
    command = [str(Path(sys.executable).with_name("grading")), "autograde", "tiny", "--workers", "2", *options]
    return subprocess.Popen(
        command, cwd=course.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **settings
    )


def workers_of(command: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in command.children() if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def reaped() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Ends what a test has started, whatever happens."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_run_that_is_killed_is_finished_by_the_next(
    fresh: Course, expected: dict[str, Any], reaped: list["subprocess.Popen[bytes]"], moment: int
) -> None:
    """Even moments kill the command, odd ones a worker; early ones by the clock, later ones by what is written."""
    process = start(fresh)
    reaped.append(process)
    command = psutil.Process(process.pid)
    wait_for(fresh, moment)
    descendants = command.children(recursive=True)
    workers = workers_of(command)
    if moment % 2 and workers:
        workers[moment // 2 % len(workers)].kill()
        process.communicate(timeout=RUN_SECONDS)  # the command itself goes on, with new workers
        assert process.returncode == 1  # one of them cannot be read, and that needs a person
    else:
        process.kill()
        process.communicate(timeout=RUN_SECONDS)
    _, alive = psutil.wait_procs(descendants, timeout=10)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    finish(fresh)
    assert state_of(fresh) == expected


def wait_for(course: Course, moment: int) -> None:
    """Wait for the moment: 0 to 7 are tenths of a second after the start, 8 to 19 come with what is written."""
    if moment < 8:
        time.sleep(0.1 + 0.15 * moment)
        return
    wanted, deadline = moment - 8, time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:  # never reaped here, so that its number stays its own
        folder = course.root / "autograded"
        written = len(list(folder.glob("*/tiny/*.ipynb"))) + len(list(folder.glob("*/tiny/record.json")))
        if written > wanted:
            return
        time.sleep(0.001)


def test_a_full_disk_is_an_error_that_names_the_file_and_nothing_is_lost(
    fresh: Course, expected: dict[str, Any], reaped: list["subprocess.Popen[bytes]"]
) -> None:
    sizes = {"notebook": 2_000, "gradebook": 30_000}  # a notebook has 6 kB, the gradebook more than 100
    for what, limit in sizes.items():
        process = start(fresh)
        reaped.append(process)
        command = psutil.Process(process.pid)
        while len(workers_of(command)) < 2:  # they shall keep their own limits: it is the course's disk that is full
            time.sleep(0.001)
        command.rlimit(psutil.RLIMIT_FSIZE, (limit, limit))
        output, _ = process.communicate(timeout=RUN_SECONDS)
        text = " ".join(output.decode().split())
        assert "Traceback" not in text
        assert process.returncode == 3, text
        said = "tiny.ipynb cannot be written" if what == "notebook" else "gradebook.db cannot be used"
        assert said in text, text
    finish(fresh)
    assert state_of(fresh) == expected


def test_a_gradebook_that_another_program_holds_is_an_error_and_nothing_is_lost(
    fresh: Course, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = fresh.assignment("tiny")
    monkeypatch.setattr("grading.gradebook.LOCK_SECONDS", 0.1)
    connection = sqlite3.connect(fresh.root / "gradebook.db")
    graded: list[str] = []

    def lock_after_three(record: Any) -> None:
        graded.append(record.student)
        if len(graded) == 3:
            connection.execute("BEGIN EXCLUSIVE")

    try:
        with pytest.raises(GradingError, match=r"gradebook\.db cannot be used: .*locked"):
            autograde(fresh, assignment, STUDENTS, workers=2, on_graded=lock_after_three)
    finally:
        connection.close()
    written = [student for student in STUDENTS if load_record(fresh.autograded(student, "tiny"))]
    assert sorted(written) == sorted(graded)
    finish(fresh)
    assert state_of(fresh) == expected


def test_two_runs_at_a_time_are_refused(fresh: Course) -> None:
    with one_writer(fresh), pytest.raises(GradingError, match="Another run is grading"):
        finish(fresh)


def test_force_and_chosen_students(fresh: Course, expected: dict[str, Any]) -> None:
    assignment = fresh.assignment("tiny")
    autograde(fresh, assignment, ["s02"], workers=1)
    assert ungraded(fresh, assignment, STUDENTS) == [student for student in STUDENTS if student != "s02"]
    finish(fresh)
    autograde(fresh, assignment, STUDENTS, workers=2)  # as with --force
    assert state_of(fresh) == expected
