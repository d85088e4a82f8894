"""The command as users meet it: what it prints, and its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grading.cli import main
from grading.course import Course

COMMANDS = ("demo", "release", "verify", "autograde", "check", "doctor", "feedback", "train")
TOWNS = "Rome\nRimini\nRavenna\nRieti\nRovigo\nRagusa\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_help_lists_the_commands_in_the_order_of_a_course_and_the_exit_codes() -> None:
    text = run("--help").output
    places = [text.index(f"\n  {command} ") for command in COMMANDS]
    assert places == sorted(places)
    assert "Exit codes: 0 all went well" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.split()) > 40


def test_help_needs_none_of_the_slow_imports() -> None:
    code = "import sys; from grading.cli import main; main(['-h'], standalone_mode=False); exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_outside_a_course_one_sentence_says_so(tmp_path: Path) -> None:
    result = run("--course", str(tmp_path), "autograde", "dinosaur_island")
    assert result.exit_code == 3
    assert "is not inside a course" in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_assignment_is_answered_with_the_known_ones(repository: Course) -> None:
    result = run("--course", str(repository.root), "release", "dragon_island")
    assert result.exit_code == 3
    assert "There is no assignment 'dragon_island'" in result.stderr
    assert "Known assignments: dinosaur_island" in result.stderr


def test_a_student_who_has_handed_in_nothing_is_named(course: Course) -> None:
    result = run("--course", str(course.root), "autograde", "dinosaur_island", "s77")
    assert result.exit_code == 3
    assert "Nothing of s77 is in" in result.stderr


def test_feedback_before_grading_names_the_command_to_run(course: Course) -> None:
    course.submitted("s01", "dinosaur_island").mkdir(parents=True)
    result = run("--course", str(course.root), "feedback", "dinosaur_island")
    assert result.exit_code == 3
    assert "Run: grading autograde dinosaur_island" in result.stderr


def test_a_wrong_option_is_a_usage_error() -> None:
    assert run("autograde", "dinosaur_island", "--workers", "0").exit_code == 2


def test_release_of_a_wrong_solution_fails_and_says_which_check(course: Course) -> None:
    source = course.assignment("dinosaur_island").source
    text = source.read_text()
    assert "gradients = clip(gradients, 5)" in text
    source.write_text(text.replace("gradients = clip(gradients, 5)", "gradients = clip(gradients, 10)"))
    result = run("--course", str(course.root), "release", "dinosaur_island")
    assert result.exit_code == 1, result.output
    assert "have 19 of 20 points (optimize_clips_before_it_updates" in " ".join(result.output.split())
    assert "must not go to students" in result.output


def test_train_prints_new_names_and_nothing_of_a_progress_bar(tmp_path: Path) -> None:
    path = tmp_path / "towns.txt"
    path.write_text(TOWNS)
    result = run("train", str(path), "--iterations", "300", "--names", "4", "--seed", "3")
    assert result.exit_code == 0, result.output
    first, *names = result.stdout.splitlines()
    assert first.startswith("Trained on 6 names; loss ")
    assert len(names) == 4
    assert all(name[0].isupper() for name in names)
    assert not {name.lower() for name in names} & set(TOWNS.lower().split())
    assert "\x1b" not in result.output


def test_train_goes_on_from_saved_weights(tmp_path: Path) -> None:
    path, weights = tmp_path / "towns.txt", tmp_path / "weights.npz"
    path.write_text(TOWNS)
    trained = run("train", str(path), "--iterations", "200", "--names", "5", "--save", str(weights))
    loaded = run("train", str(path), "--iterations", "0", "--names", "5", "--load", str(weights))
    assert trained.exit_code == loaded.exit_code == 0
    assert loaded.stdout.splitlines() == trained.stdout.splitlines()[2:]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "holds no name"),
        (b" \n\n", "holds no name"),
        (b"Rome\n\xff\n", "is not UTF-8 text: byte 5"),
        (b"Rome\nPa\x00ris\n", "Line 2 of"),
        (b"a" * 101, "has 101 characters"),
    ],
)
def test_train_refuses_a_broken_file_with_a_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "names.txt"
    if content is not None:
        path.write_bytes(content)
    result = run("train", str(path))
    assert result.exit_code == 3
    assert sentence in result.stderr
    assert "names.txt" in result.stderr
