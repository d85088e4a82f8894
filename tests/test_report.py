"""The record of a graded submission: what is written is read again, and damage is noticed."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from grading.report import RECORD, Record, as_json, load_record, save_record, schema
from grading.scoring import CheckResult

CHECKS = (
    CheckResult("clip_bounds", "No value leaves the interval", "clip", "passed", 2.0, 2.0, ""),
    CheckResult("clip_inside", "Values stay", "clip", "failed", 0.0, 1.0, 'dWaa: "größer" als\u2028\x1b[31m 5 🦖'),
    CheckResult("sample_ends", "A name ends", "sample", "partial", 0.1, 3.0, "The check gives 0.1 of 3 points."),
)
RECORD_OF_S01 = Record("s01", "rnn", "graded", CHECKS, "", ("a.py was left out.", "\udcff.txt is odd."), 1.234, "full")


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    for record in (
        RECORD_OF_S01,
        Record("s02", "rnn", "unreadable", message="rnn.ipynb is empty."),
        Record("s03", "rnn", "grader_error", message="The grader failed."),
    ):
        save_record(record, tmp_path / "new" / record.student)
        assert load_record(tmp_path / "new" / record.student) == record


def test_the_schema_is_one_and_describes_every_record() -> None:
    Draft202012Validator.check_schema(schema())
    for record in (RECORD_OF_S01, Record("s02", "rnn", "unreadable", message="rnn.ipynb is empty.")):
        Draft202012Validator(schema()).validate(json.loads(json.dumps(as_json(record))))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"sandbox": "half"},
        {"unknown": 1},
        {"points": -1},
        {"checks": [{"grade_id": "clip_bounds"}]},
        {"checks": [{**as_json(RECORD_OF_S01)["checks"][0], "verdict": "good"}]},
    ],
)
def test_the_schema_refuses_what_is_no_record(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate({**json.loads(json.dumps(as_json(RECORD_OF_S01))), **change})


@pytest.mark.parametrize("missing", sorted(as_json(RECORD_OF_S01)))
def test_the_schema_asks_for_every_entry(missing: str) -> None:
    content = json.loads(json.dumps(as_json(RECORD_OF_S01)))
    del content[missing]
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate(content)


def test_a_new_record_takes_the_place_of_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    save_record(RECORD_OF_S01, tmp_path)
    save_record(replace(RECORD_OF_S01, seconds=9.0), tmp_path)
    loaded = load_record(tmp_path)
    assert loaded is not None
    assert loaded.seconds == 9.0
    assert [path.name for path in tmp_path.iterdir()] == [RECORD]


def test_points_are_summed_over_all_checks_and_over_those_of_a_function() -> None:
    assert math.isclose(RECORD_OF_S01.points, 2.1)
    assert RECORD_OF_S01.max_points == 6
    assert RECORD_OF_S01.points_of("clip") == (2, 3)
    assert RECORD_OF_S01.points_of("sample") == (0.1, 3)
    assert RECORD_OF_S01.points_of("optimize") == (0, 0)
    assert (Record("s", "rnn", "unreadable").points, Record("s", "rnn", "unreadable").max_points) == (0, 0)


def test_where_there_is_no_record_there_is_none(tmp_path: Path) -> None:
    assert load_record(tmp_path) is None
    assert load_record(tmp_path / "missing") is None
    (tmp_path / RECORD).mkdir()
    assert load_record(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"{}", b"null", b"3", b'"checks"', b"[" * 100_000, b'{"checks": 3, "notices": []}'],
)
def test_a_damaged_record_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORD).write_bytes(content)
    assert load_record(tmp_path) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"checks": [{"grade_id": "clip_bounds"}]},
        {"checks": [3]},
        {"checks": None},
        {"notices": None},
        {"unknown": 1},
    ],
)
def test_a_record_of_another_shape_is_none(tmp_path: Path, damage: dict[str, object]) -> None:
    save_record(RECORD_OF_S01, tmp_path)
    content = json.loads((tmp_path / RECORD).read_text())
    (tmp_path / RECORD).write_text(json.dumps({**content, **damage}))
    assert load_record(tmp_path) is None


@pytest.mark.parametrize("missing", ["student", "assignment", "status", "checks", "notices"])
def test_a_record_that_lacks_an_entry_is_none(tmp_path: Path, missing: str) -> None:
    save_record(RECORD_OF_S01, tmp_path)
    content = json.loads((tmp_path / RECORD).read_text())
    del content[missing]
    (tmp_path / RECORD).write_text(json.dumps(content))
    assert load_record(tmp_path) is None


def test_any_cut_of_a_record_is_none(tmp_path: Path) -> None:
    save_record(RECORD_OF_S01, tmp_path)
    whole = (tmp_path / RECORD).read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        (tmp_path / RECORD).write_bytes(whole[:length])
        assert load_record(tmp_path) is None
