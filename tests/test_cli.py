"""The command as users meet it: what it prints, and its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grading.cli import main
from grading.course import Course
from grading.report import Record, save_record
from grading.scoring import CheckResult

COMMANDS = ("demo", "release", "verify", "autograde", "check", "doctor", "feedback", "report", "export", "train")
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


def with_scores(course: Course) -> Course:
    """Let s01 have full marks and s02 no file that can be read; the others are not graded."""
    tiny = course.assignment("tiny")
    checks = tuple(
        CheckResult(c.grade_id, c.title, c.function, "passed", c.points, c.points, "") for c in tiny.grade_cells
    )
    save_record(Record("s01", "tiny", "graded", checks), course.autograded("s01", "tiny"))
    (course.submitted("s01", "tiny") / "timestamp.txt").unlink()
    save_record(Record("s02", "tiny", "unreadable", message="It is empty."), course.autograded("s02", "tiny"))
    return course


def test_report_writes_one_page_and_says_where(fresh: Course, tmp_path: Path) -> None:
    root = str(with_scores(fresh).root)
    result = run("--course", root, "report", "tiny")
    assert result.exit_code == 0, result.output
    assert Path(result.output.split()[-1]) == fresh.root / "feedback" / "tiny.html"
    page = (fresh.root / "feedback" / "tiny.html").read_text()
    assert "s02: Cannot be read: It is empty." in page
    assert "s03: Not graded yet. Run: grading autograde tiny" in page
    assert run("--course", root, "report", "tiny", "-o", str(tmp_path / "new" / "page.html")).exit_code == 0
    assert (tmp_path / "new" / "page.html").read_text() == page


def test_export_prints_the_file_and_nothing_else_on_stdout(fresh: Course) -> None:
    result = run("--course", str(with_scores(fresh).root), "export", "tiny", "--format", "csv")
    assert result.exit_code == 1
    assert result.stdout.startswith("student,state,points,max_points,scale,roll,")
    assert "\ns01,graded,5,5,3,2," in result.stdout
    assert len(result.stdout.splitlines()) == 9
    assert result.stderr == "Without a score, and left to a person: s02, s03, s04, s05, s06, s07, s08.\n"
    alone = run("--course", str(fresh.root), "export", "tiny", "s01", "--format", "markdown")
    assert (alone.exit_code, alone.stderr) == (0, "")


def test_export_into_canvas_writes_a_new_file_and_keeps_the_old_one(fresh: Course, tmp_path: Path) -> None:
    old, new = tmp_path / "canvas.csv", tmp_path / "merged.csv"
    old.write_text("Student,ID,SIS Login ID,Section,Tiny (7)\nA,1,s01,,\n")
    arguments = [
        "--course",
        str(with_scores(fresh).root),
        "export",
        "tiny",
        "s01",
        "--format",
        "canvas",
        "--into",
        str(old),
    ]
    result = run(*arguments, "-o", str(new))
    assert result.exit_code == 0, result.stderr
    assert new.read_text() == old.read_text().replace("s01,,", "s01,,5")
    assert result.stderr == f"Wrote {new}.\n"
    again = run(*arguments, "-o", str(old))
    assert again.exit_code == 3
    assert "is Canvas's own file" in again.stderr


def test_export_to_gradescope_wants_a_folder_for_several_students(fresh: Course, tmp_path: Path) -> None:
    arguments = ["--course", str(with_scores(fresh).root), "export", "tiny", "--format", "gradescope"]
    assert "Name a folder for them with --output" in run(*arguments).stderr
    assert run(*arguments, "-o", str(tmp_path / "results")).exit_code == 1
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["s01"]
    assert (tmp_path / "results" / "s01" / "results.json").is_file()


def test_export_refuses_options_of_another_format(fresh: Course) -> None:
    for option in (["--scale"], ["--column", "Tiny"], ["--into", str(Path(__file__))]):
        result = run("--course", str(fresh.root), "export", "tiny", "--format", "csv", *option)
        assert result.exit_code == 2
        assert "belong to --format canvas" in result.stderr


@pytest.mark.parametrize("command", [["report", "dinosaur_island"], ["export", "dinosaur_island", "--format", "csv"]])
def test_without_any_student_the_scores_name_the_command_to_run(course: Course, command: list[str]) -> None:
    result = run("--course", str(course.root), *command)
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
