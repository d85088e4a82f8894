"""What may stand in the repository at all."""

import itertools
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from grading.course import Course

ROOT = Course.find(Path(__file__).parent).root


def tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


TEXTS = {path: path.read_bytes().decode("utf-8", errors="replace") for path in tracked()}
NOTEBOOKS = [path for path in TEXTS if path.suffix == ".ipynb" and "broken_submissions" not in path.parts]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(("name", "at_least"), [("requirements.txt", 100), ("requirements-torch.txt", 10)])
def test_requirements_are_pinned_with_hashes_and_name_no_address(name: str, at_least: int) -> None:
    text = TEXTS[ROOT / name]
    requirements = re.findall(r"^[a-z0-9][^\s=]*==[^\s;\\]+", text, re.MULTILINE)
    assert len(requirements) > at_least
    assert text.count("==") >= len(requirements)
    for block in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in block, block
    assert "://" not in text
    assert "torch" not in {requirement.split("==")[0] for requirement in requirements}


def test_every_dependency_is_named_in_architecture_with_its_reason() -> None:
    project = tomllib.loads(TEXTS[ROOT / "pyproject.toml"])["project"]
    needed = [*project["dependencies"], *itertools.chain.from_iterable(project["optional-dependencies"].values())]
    for requirement in needed:
        package = re.split(r"[<>=]", requirement)[0].strip()
        assert f"| {package} |" in TEXTS[ROOT / "ARCHITECTURE.md"], package


def test_every_module_of_the_engine_is_named_in_architecture() -> None:
    for path in (ROOT / "grading").rglob("*.py"):
        if path.stem.strip("_") not in {"init", "main"}:
            assert f"`{path.stem}`" in TEXTS[ROOT / "ARCHITECTURE.md"], path.name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_has_no_outputs_no_counts_and_stable_cell_ids(path: Path) -> None:
    cells = json.loads(TEXTS[path])["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    for cell in cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        assert cell["id"] == (grade_id or cell["id"])
        assert re.fullmatch(r"[a-z][a-z0-9_-]{2,63}", cell["id"])


def test_no_path_of_a_machine_stands_anywhere() -> None:
    place = re.compile("|".join([rf"(?<!\w){re.escape(f'{ROOT.parent}/')}", r"/home/(?!student/)\w+/", "/ro" + "ot/"]))
    assert [name_of(path) for path, text in TEXTS.items() if place.search(text)] == []


def test_figures_carry_a_title_and_a_description_and_no_script() -> None:
    figures = [text for path, text in TEXTS.items() if path.suffix == ".svg" and "figures" in path.parts]
    assert figures
    for figure in figures:
        assert "<title" in figure
        assert "<desc" in figure
        assert "<script" not in figure
        assert "href=" not in figure


def test_every_figure_of_a_notebook_exists_and_has_an_alternative_text() -> None:
    for path in NOTEBOOKS:
        for cell in json.loads(TEXTS[path])["cells"]:
            for alternative, figure in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", "".join(cell["source"])):
                assert (path.parent / figure).is_file(), figure
                assert len(alternative) > 40, figure


def test_a_why_has_at_most_120_words() -> None:
    for path in NOTEBOOKS:
        for cell in json.loads(TEXTS[path])["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and text.startswith("## "):
                prose = re.sub(r"\$\$.*?\$\$|!\[.*?\]\(.*?\)|^\|.*$|^#.*$", "", text, flags=re.DOTALL | re.MULTILINE)
                assert len(prose.split()) <= 120, (cell["id"], len(prose.split()))
