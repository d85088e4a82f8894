"""Attacks that look for what a submission must not know: tests, solutions, marks, other submissions, the machine."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import execution
from grading.processes import WarmParent
from grading.sandbox import library_folders

GradeTiny = Callable[..., Any]
CANARY = "canary-of-the-grader"
TINY = Path(__file__).parents[1] / "tiny_course"
REPOSITORY = Path(__file__).parents[2]

# Says what became of each attempt in one line.
TRY = """
def attempt(action):
    try:
        return action()
    except OSError as error:
        return type(error).__name__
"""


def in_plain_python(source: str) -> str:
    """Run a cell where nothing protects, and return what it prints: the attack itself must work."""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize(
    "path",
    [
        TINY / "source" / "tiny" / "tiny.ipynb",
        REPOSITORY / "source" / "dinosaur_island" / "dinosaur_island.ipynb",
        REPOSITORY / "grading" / "referee.py",
        REPOSITORY / "variants" / "dinosaur_island",
        REPOSITORY / "nbgrader_config.py",
        Path("/etc/passwd"),
        Path("/etc/hostname"),
        Path("/sys"),
        Path("/var"),
    ],
    ids=str,
)
def test_files_of_the_course_and_of_the_machine_are_not_there(attack: Callable[..., Any], path: Path) -> None:
    assert path.exists()
    source = TRY + (
        "import os\n"
        "for start in ('', '/proc/self/root', '/proc/self/cwd/../../..', '/proc/1/root'):\n"
        f"    way = start + {str(path)!r}\n"
        "    print(attempt(lambda: os.listdir(way)), attempt(lambda: open(way).read()))"
    )
    said = attack(source).text("added-0").split()
    assert len(said) == 8
    assert set(said) <= {"FileNotFoundError", "PermissionError"}


def test_a_file_of_the_graders_is_neither_read_nor_changed(attack: Callable[..., Any], tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    tmp_path.chmod(0o777)
    canary.chmod(0o666)
    source = TRY + (
        f"import os, shutil\npath = {str(canary)!r}\n"
        "print(attempt(lambda: open(path).read()))\n"
        "print(attempt(lambda: open(path, 'w').write('changed')))\n"
        "print(attempt(lambda: os.unlink(path)))\n"
        "print(attempt(lambda: os.symlink(path, 'link') or open('link').read()))\n"
        "print(attempt(lambda: os.link(path, 'hard')))\n"
        "print(attempt(lambda: shutil.rmtree(os.path.dirname(path))))"
    )
    assert attack(source).text("added-0") == "FileNotFoundError\n" * 6
    assert canary.read_text() == CANARY
    assert [path.name for path in tmp_path.iterdir()] == ["canary.txt"]


def test_the_home_and_the_temporary_folders_are_empty(attack: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    (home / ".netrc").write_text(CANARY)
    source = (
        "import os, tempfile\n"
        "places = {os.path.expanduser('~'), os.environ['HOME'], tempfile.gettempdir(), '/dev/shm', '/home'}\n"
        "found = [os.path.join(at, name) for place in places for at, _, names in os.walk(place) for name in names\n"
        f"         if not at.startswith({library_folders()!r})]\n"
        "print(found)"
    )
    # The release's own file is all there is; on this machine, the same lines find the canary.
    text = attack(source).text("added-0")
    assert CANARY not in text
    assert set(ast.literal_eval(text)) <= {"/home/student/work/readme.txt"}, text
    assert str(home / ".netrc") in in_plain_python(source)


def test_what_one_submission_leaves_behind_no_other_one_finds(attack: Callable[..., Any]) -> None:
    places = "places = ['/tmp/left', '/dev/shm/left', '/home/student/left', '/home/student/work/left']\n"
    leave = attack(places + "for place in places:\n    open(place, 'w').write('x')\nprint(len(places))")
    assert leave.text("added-0") == "4\n"
    look = attack(places + "import os\nprint([place for place in places if os.path.exists(place)])")
    assert look.text("added-0") == "[]\n"


def test_no_library_and_no_device_can_be_changed_for_the_next_one(attack: Callable[..., Any]) -> None:
    source = TRY + (
        "import os, numpy\n"
        "places = [numpy.__file__, os.__file__, '/usr/lib/x', '/cat', '/new', '/dev/new', '/proc/sys/vm/swappiness']\n"
        "for place in places:\n"
        "    print(attempt(lambda: open(place, 'w').close()))\n"
        "    print(attempt(lambda: os.chmod(place, 0o777)))"
    )
    lines = attack(source).text("added-0").split()
    assert len(lines) == 14
    assert set(lines) <= {"OSError", "PermissionError", "FileNotFoundError"}  # OSError: the file system is read-only


@pytest.fixture
def new_warm_parent(tiny: Any) -> Iterator[None]:
    """Let what this test puts into the environment be there when the engine starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_TOKEN", CANARY)
        warm = WarmParent(tiny.plan.modules)
        patch.setattr(execution, "warm_parent", lambda _: warm)
        yield
        warm.close()
        assert warm._process.stderr is not None
        warm._process.stderr.close()


@pytest.mark.usefixtures("new_warm_parent")
def test_the_environment_of_the_grader_stays_with_the_grader(attack: Callable[..., Any]) -> None:
    source = TRY + (
        "import ctypes, os, subprocess\n"
        "print(sorted(os.environ.items()), attempt(lambda: open('/proc/self/environ').read()))\n"
        "libc = ctypes.CDLL(None)\nlibc.getenv.restype = ctypes.c_char_p\nprint(libc.getenv(b'GRADER_TOKEN'))"
    )
    assert CANARY in in_plain_python(source)
    text = attack(source).text("added-0")
    assert CANARY not in text
    assert "'HOME', '/home/student'" in text


def test_other_processes_are_neither_seen_nor_read(attack: Callable[..., Any]) -> None:
    source = (
        "import os\nseen = []\n"
        "for number in filter(str.isdigit, os.listdir('/proc')):\n"
        "    for name in ('cmdline', 'environ', 'comm'):\n"
        "        try:\n"
        "            seen.append(open(f'/proc/{number}/{name}', errors='replace').read(5000))\n"
        "        except OSError:\n            pass\n"
        "print(seen)"
    )
    waiting = [sys.executable, "-c", f"import time; time.sleep(60); '{CANARY}'"]
    with subprocess.Popen(waiting, env={"TOKEN": CANARY}) as child:
        try:
            assert CANARY in in_plain_python(source)
            text = attack(source).text("added-0")
            assert child.poll() is None
        finally:
            child.kill()
    assert "grading.warm" in text  # it finds itself, so the search works
    assert CANARY not in text


def test_the_memory_of_the_process_beside_it_is_closed(attack: Callable[..., Any]) -> None:
    # On behalf of an ordinary user, that process runs under the same id, and neither filter nor limits bind it: code
    # written into its memory would be free of both.
    source = TRY + (
        "import os\n"
        "others = [name for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()]\n"
        "for other in others:\n"
        "    for name, mode in (('mem', 'rb'), ('mem', 'r+b'), ('maps', 'rb'), ('environ', 'rb'), ('auxv', 'rb')):\n"
        "        print(attempt(lambda: open(f'/proc/{other}/{name}', mode).read(1)))\n"
        "    print(attempt(lambda: os.listdir(f'/proc/{other}/fd')))\n"
        "    print(attempt(lambda: os.readlink(f'/proc/{other}/root')))"
    )
    lines = attack(source).text("added-0").split()
    assert lines == ["PermissionError"] * 7


# Looks through all memory that the process can read: write() says EFAULT where there is none, and does not fault.
SCAN = """
import ctypes, os, re

def scan(*patterns):
    libc = ctypes.CDLL(None, use_errno=True)
    found = dict.fromkeys(patterns, 0)
    reading, writing = os.pipe()
    for line in open("/proc/self/maps"):
        addresses, rights, *_, size = line.split()[:5]
        if not rights.startswith("rw"):
            continue
        start, end = (int(address, 16) for address in addresses.split("-"))
        tail = b""
        for at in range(start, min(end, start + 300_000_000), 65536):
            count = libc.write(writing, ctypes.c_void_p(at), ctypes.c_size_t(min(65536, end - at)))
            data = tail + (os.read(reading, 65536) if count > 0 else b"")
            for pattern in patterns:
                found[pattern] += len(re.findall(pattern, data))
            tail = data[-64:]
    os.close(reading), os.close(writing)
    return found
"""
# A pattern is no find of itself: each has a bracket where the text that it looks for has none.
PATTERNS = (
    "b'numbers, the[ ]entries are not', b'With other[ ]numbers', b'With another[ ]count', b'seed[(]8642',"
    " b'num[b]ers = scale'"  # the student's own
)


def test_the_memory_of_the_process_holds_no_hidden_test(attack: Callable[..., Any]) -> None:
    print_scan = f"print(list(scan({PATTERNS}).values()))"
    # In the cell before the functions, in the function while a check calls it, and at the end.
    scale = (
        "# GRADED FUNCTION: scale\nseen = []\ndef scale(values, factor):\n"
        f"    seen.append(list(scan({PATTERNS}).values()))\n    return values"
    )
    outcome = attack(SCAN + print_scan, scale=scale, after=["print(seen)", print_scan])
    counts = [
        ast.literal_eval(outcome.text("added-0")),
        *ast.literal_eval(outcome.text("after-0")),
        ast.literal_eval(outcome.text("after-1")),
    ]
    assert len(counts) > 3  # the functions were called, so the checks were close by
    assert all(hidden == [0, 0, 0, 0] for *hidden, _ in counts), counts
    assert counts[-1][-1] > 0  # the text of the student's own cell is found, so the search works


def test_no_descriptor_leads_out(attack: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "open").write_text(CANARY)
    with (tmp_path / "open").open() as file:
        os.set_inheritable(file.fileno(), True)
        source = TRY + (
            "import os, stat\nkinds = []\n"
            "for number in range(3, 256):\n"
            "    try:\n        mode = os.fstat(number).st_mode\n    except OSError:\n        continue\n"
            "    kinds.append('socket' if stat.S_ISSOCK(mode) else 'other')\n"
            "print(kinds)\n"
            "for number in (0, 1, 2):\n    print(os.fstat(number).st_rdev == os.stat('/dev/null').st_rdev)"
        )
        assert attack(source).text("added-0") == "['socket']\nTrue\nTrue\nTrue\n"


def test_the_seed_of_the_random_generator_tells_nothing_about_other_submissions(attack: Callable[..., Any]) -> None:
    source = "import random\nprint(np.random.rand(), random.random(), np.random.default_rng().random())"
    first, second = (attack(source).text("added-0").split() for _ in range(2))
    assert all(one != other for one, other in zip(first, second, strict=True))
