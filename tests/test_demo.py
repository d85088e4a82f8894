"""The demonstration: the first thing that a new user sees."""

from pathlib import Path

from click.testing import CliRunner

from grading.cli import main
from grading.course import Course
from grading.demo import load_class
from grading.report import load_record

# by student: clip, sample, optimize, model
EXPECTED = {
    "s01": (4, 5, 5, 6),
    "s02": (0, 0, 0, 0),
    "s03": (4, 5, 5, 6),
    "s04": (4, 5, 5, 6),
    "s05": (2, 5, 5, 6),
    "s06": (3, 5, 5, 6),
    "s08": (4, 4, 4, 6),
    "s09": (4, 5, 4, 6),
    "s10": (4, 5, 5, 5),
    "s11": (4, 5, 0, 0),
}


def test_the_demo_grades_a_class_and_leads_to_its_feedback(course: Course, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--course", str(course.root), "demo"])

    assert result.exit_code == 0, result.output
    demo = Course(course.root / "demo")
    for student, points in EXPECTED.items():
        record = load_record(demo.autograded(student, "dinosaur_island"))
        assert record is not None
        assert tuple(record.points_of(name)[0] for name in ("clip", "sample", "optimize", "model")) == points, student
        row = next(line for line in result.output.splitlines() if line.split()[:1] == [student])
        assert f"{sum(points)}/20" in row
    broken = load_record(demo.autograded("s12", "dinosaur_island"))
    assert broken is not None
    assert broken.status == "unreadable"
    page = Path(result.output.split()[-1])
    assert "clip/upper_bound_only" in page.read_text()  # the misconception of s05
    assert page == demo.root / "feedback" / "dinosaur_island.html"
    for student in load_class(demo, demo.assignment("dinosaur_island")):
        assert f'href="{student}/dinosaur_island/dinosaur_island.html"' in page.read_text()
        assert (demo.feedback(student, "dinosaur_island") / "dinosaur_island.html").is_file()
    assert list((course.root / "submitted").iterdir()) == []  # nothing outside demo/


def test_a_class_that_is_not_described_is_told(course: Course) -> None:
    path = course.root / "variants" / "dinosaur_island" / "demo_class.toml"
    for text, said in (
        ("[s01]", "should have a table for each student"),
        ("s01 = 1", "should have"),
        (None, "no demo"),
    ):
        path.write_text(text) if text else path.unlink()
        result = CliRunner().invoke(main, ["--course", str(course.root), "demo"])
        assert result.exit_code == 3
        assert said in result.output
    result = CliRunner().invoke(main, ["--course", str(course.root), "demo", "nothing"])
    assert "There is no assignment 'nothing'" in result.output
