"""The record of one graded submission: the one place that every table, page and export reads."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from grading.files import write_atomically
from grading.scoring import CheckResult

RECORD = "record.json"  # beside the autograded notebook


@dataclass(frozen=True)
class Record:
    """What became of one submission.

    `status` is "graded", "unreadable" (the student's file cannot be graded; no score is written) or "grader_error"
    (our fault; no score is written, and the next run tries again). `message` is a sentence for the last two.
    """

    student: str
    assignment: str
    status: str
    checks: tuple[CheckResult, ...] = ()
    message: str = ""
    notices: tuple[str, ...] = ()  # what had to be mended in the submission
    seconds: float = 0.0
    sandbox: str = ""  # "full", or "none": it was graded with --no-sandbox; empty where nothing was run
    fingerprints: Mapping[str, str] = field(default_factory=dict)  # of the checks, by grade_id: see `fingerprints`

    @property
    def points(self) -> float:
        """The points of all checks together."""
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> float:
        """The points that were to be had."""
        return sum(check.max_points for check in self.checks)

    def points_of(self, function: str) -> tuple[float, float]:
        """Return the points for one graded function, and how many were to be had."""
        checks = [check for check in self.checks if check.function == function]
        return sum(check.points for check in checks), sum(check.max_points for check in checks)


def as_json(record: Record) -> dict[str, Any]:
    """Return the record as record.schema.json describes it."""
    fields = {**asdict(record), "points": record.points, "max_points": record.max_points}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def schema() -> dict[str, Any]:
    """Return the JSON schema of a record."""
    content: dict[str, Any] = json.loads(Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8"))
    return content


def save_record(record: Record, folder: Path) -> None:
    """Write the record into a folder under `autograded/`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / RECORD, (json.dumps(as_json(record), indent=2) + "\n").encode())


def load_record(folder: Path) -> Record | None:
    """Read the record of a folder under `autograded/`; None if there is none that can be read."""
    try:
        data = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        checks = tuple(CheckResult(**check) for check in data.pop("checks"))
        del data["points"], data["max_points"]  # they follow from the checks
        fingerprints = dict(data.get("fingerprints", {}))  # records of the first version have none
        return Record(**{**data, "checks": checks, "notices": tuple(data["notices"]), "fingerprints": fingerprints})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):  # whatever stands in the file
        return None


def load_graded(folder: Path) -> Record | None:
    """Read the record of a folder under `autograded/`; None if there is none, or none with a score."""
    record = load_record(folder)
    return record if record is not None and record.status == "graded" else None
