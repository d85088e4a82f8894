"""Hidden tests and solutions as text: where they begin and end in a cell."""

import re
from collections.abc import Iterator

_REGION = r"^[^\n]*### BEGIN {0}[^\n]*\n(.*?)^[^\n]*### END {0}[^\n]*(?:\n|\Z)"
HIDDEN_TESTS = re.compile(_REGION.format("HIDDEN TESTS"), re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(_REGION.format("SOLUTION"), re.MULTILINE | re.DOTALL)


def without_hidden_tests(source: str) -> str:
    """Return a check as students see it."""
    return HIDDEN_TESTS.sub("", source).rstrip("\n")


def hidden_lines(source: str) -> set[int]:
    """Return the numbers of the lines of a check, from 1 on, that students do not see."""
    found: set[int] = set()
    for match in HIDDEN_TESTS.finditer(source):
        start = source.count("\n", 0, match.start()) + 1
        found |= set(range(start, start + match.group().count("\n") + 1))
    return found


def without_markers(source: str) -> str:
    """Return a solution cell as a student could have written it."""
    return "".join(line for line in source.splitlines(keepends=True) if "### " not in line or "SOLUTION" not in line)


def secret_lines(source: str) -> Iterator[str]:
    """Yield the lines of hidden tests and solutions in a cell, without indentation."""
    for pattern in (HIDDEN_TESTS, SOLUTION):
        for region in pattern.findall(source):
            yield from (line.strip() for line in region.splitlines() if line.strip())
