"""Throw-away environments: all packages of this one, with another NumPy.

The packages are linked and not copied, so that only NumPy is downloaded. What pip installs are new files, so nothing
of the present environment changes.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import requires
from pathlib import Path

from grading.errors import GradingError

INSTALL_SECONDS = 300  # to download 20 MB and unpack it
PACKAGE = "dinosaur-island-course"


def oldest_numpy() -> str:
    """Return the oldest NumPy that the course supports, as pyproject.toml has it: "1.26" is its first release."""
    for requirement in requires(PACKAGE) or []:
        if match := re.match(r"numpy>=([\d.]+)", requirement.replace(" ", "")):
            return ".".join([*match.group(1).split("."), "0", "0"][:3])
    raise GradingError("pyproject.toml does not say which NumPy is the oldest that works.")


@contextmanager
def environment(folder: Path, requirement: str) -> Iterator[str]:
    """Make an environment below this folder with "numpy==1.26.0", or "numpy" for the newest; remove it at the end.

    Yields:
        The path of its Python.

    Raises:
        GradingError: pip cannot install that NumPy, without a network say.
    """
    root = folder / re.sub(r"\W+", "-", requirement)
    shutil.rmtree(root, ignore_errors=True)
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root], check=True, capture_output=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(root), "platbase": str(root)}))
        _link_packages(Path(sysconfig.get_path("purelib")), packages)
        _install(requirement, packages)
        yield str(root / "bin" / "python")
    finally:
        shutil.rmtree(root, ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _link_packages(source: Path, target: Path) -> None:
    shutil.rmtree(target)
    skipped = shutil.ignore_patterns("__pycache__")
    without_numpy = re.compile(r"numpy(\.libs|-[\d.]+\.dist-info)?")

    def ignore(folder: str, names: list[str]) -> set[str]:
        own = {name for name in names if folder == str(source) and without_numpy.fullmatch(name)}
        return own | set(skipped(folder, names))

    shutil.copytree(source, target, ignore=ignore, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _install(requirement: str, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--upgrade", f"--target={target}", requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise GradingError(f"{requirement} could not be installed within {INSTALL_SECONDS} s.") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise GradingError(f"{requirement} cannot be installed: {reason}")
