"""What `grading verify` finds, each kind of it, on the small assignment."""

import json
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from grading.cli import main
from grading.course import Course
from grading.release import build_release
from grading.variants import Variant
from grading.verify import Verification, make_teams, verify

SCALE, ROLL = "def scale(values, factor):\n    {}\n", "def roll(count):\n    {}\n"
DRAWS = "[int(np.random.choice(SIDES)) + 1 for _ in range(count)]"

# by path: the checks that catch it, and its code
GOOD = {
    "right/scale/by_ufunc": ("", SCALE.format("return np.multiply(values, factor, out=values)")),
    "right/roll/as_a_list": ("", ROLL.format(f"return list({DRAWS})")),
    "wrong/scale/sign_lost": ("scale_multiplies", SCALE.format("values *= abs(factor); return values")),
    "wrong/scale/new_array": ("scale_works_in_place", SCALE.format("return values * factor")),
    "wrong/scale/adds": ("scale_multiplies, scale_works_in_place", SCALE.format("values += factor; return values")),
    "wrong/roll/at_least_20": ("roll_counts", ROLL.format(f"count = max(count, 20); return {DRAWS}")),
    "wrong/roll/from_zero": ("roll_shows_a_die", ROLL.format("return np.random.choice(SIDES, count).tolist()")),
}


def write_variants(course: Course, variants: Mapping[str, tuple[str, str]]) -> None:
    for name, (caught_by, code) in variants.items():
        path = course.root / "variants" / "tiny" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        header = f"# caught by: {caught_by}\n" if caught_by else ""
        path.write_text(f'{header}"""You do it in a way of your own."""\n\n{code}', encoding="utf-8")


def verify_tiny(course: Course, variants: Mapping[str, tuple[str, str]]) -> Verification:
    write_variants(course, variants)
    return verify(course, course.assignment("tiny"), workers=2)


def change_source(course: Course, old: str, new: str) -> None:
    path = course.assignment("tiny").source
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    build_release(course, course.assignment("tiny"))


def test_variants_that_do_what_they_say_leave_nothing_to_complain_about(fresh: Course) -> None:
    result = verify_tiny(fresh, GOOD)
    assert result.faults == ()
    assert (result.proved(right=True), result.proved(right=False)) == (2, 5)
    assert result.catches == {"scale_multiplies": 2, "scale_works_in_place": 2, "roll_counts": 1, "roll_shows_a_die": 1}
    assert result.alone == {"scale_multiplies": 1, "scale_works_in_place": 1, "roll_counts": 1, "roll_shows_a_die": 1}


def test_a_wrong_variant_that_nothing_catches_is_a_survivor(fresh: Course) -> None:
    harmless = ("roll_counts", ROLL.format(f"return {DRAWS}"))
    result = verify_tiny(fresh, {**GOOD, "wrong/roll/harmless": harmless})
    assert result.faults == ("The wrong variant roll/harmless survives: roll_counts should catch it.",)


def test_points_lost_by_a_right_variant_or_beyond_the_named_checks_are_unfair(fresh: Course) -> None:
    adds = ("scale_multiplies", GOOD["wrong/scale/adds"][1])
    result = verify_tiny(
        fresh, {**GOOD, "wrong/scale/adds": adds, "right/scale/new": ("", SCALE.format("return values * factor"))}
    )
    unfair = {row.variant.name: row.unfair for row in result.rows if row.unfair}
    assert unfair == {"scale/adds": ("scale_works_in_place",), "scale/new": ("scale_works_in_place",)}
    assert any(
        fault == "The right variant scale/new should not lose scale_works_in_place: "
        "The array that was given has not changed."
        for fault in result.faults
    )


def test_a_check_that_no_variant_needs_is_idle(fresh: Course) -> None:
    result = verify_tiny(fresh, {name: variant for name, variant in GOOD.items() if name != "wrong/scale/new_array"})
    assert result.idle == ("scale_works_in_place",)  # it catches "adds", but so does another check
    assert result.faults == (
        "No wrong variant needs the check scale_works_in_place: whatever it catches, others catch.",
    )


def test_a_mistake_that_costs_points_of_another_function_is_told_apart_from_its_teammates(fresh: Course) -> None:
    spoils = f"np.random.choice = lambda *_: 7\n{GOOD['wrong/scale/sign_lost'][1]}"
    result = verify_tiny(fresh, {**GOOD, "wrong/scale/sign_lost": ("scale_multiplies", spoils)})
    assert [row.variant.name for row in result.rows if not row.as_expected] == ["scale/sign_lost"]
    assert [fault for fault in result.faults if "scale/sign_lost should not lose roll_shows_a_die" in fault]


def test_a_header_that_names_a_check_of_another_function_is_refused(fresh: Course) -> None:
    spoils = f"np.random.choice = lambda *_: 7\n{GOOD['wrong/scale/sign_lost'][1]}"
    named = ("scale_multiplies, roll_shows_a_die", spoils)
    result = verify_tiny(fresh, {**GOOD, "wrong/scale/sign_lost": named})
    assert [fault for fault in result.faults if "points of its own function only" in fault]


def test_variants_that_are_fine_alone_and_lose_points_together_are_named(fresh: Course) -> None:
    marks = f"MARK = 1\n{GOOD['right/scale/by_ufunc'][1]}"
    reads = ROLL.format(f"count += 'MARK' in globals(); return {DRAWS}")
    result = verify_tiny(fresh, {**GOOD, "right/scale/by_ufunc": ("", marks), "right/roll/as_a_list": ("", reads)})
    assert all(row.as_expected for row in result.rows)
    (fault,) = result.faults
    assert fault.startswith("Handed in together, scale/by_ufunc, roll/as_a_list do not lose what each")


def test_a_variant_that_ends_its_process_is_caught_like_any_other(fresh: Course) -> None:
    ends = "import os\n" + ROLL.format("os._exit(0)")
    (row,) = verify_tiny(fresh, {"wrong/roll/ends": ("roll_counts, roll_shows_a_die", ends)}).rows
    assert row.as_expected


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("values *= factor", "values += factor", "should have full marks, but have 2 of 5 points"),
        ("assert len(roll(3)) == 3", "assert True", "should score 0 as it is, but it scores 1 of 5 points"),
    ],
)
def test_a_broken_instrument_is_told_first_and_no_variant_is_believed(
    fresh: Course, old: str, new: str, sentence: str
) -> None:
    if "roll" in old:
        change_source(fresh, "assert len(roll(17)) == 17", "assert True")
    change_source(fresh, old, new)
    result = verify_tiny(fresh, GOOD)
    assert [fault for fault in result.faults if sentence in fault], result.faults
    assert result.rows == ()


def test_the_command_prints_the_matrix_and_its_exit_code_says_whether_all_is_well(fresh: Course) -> None:
    write_variants(fresh, GOOD)
    command = ["--course", str(fresh.root), "verify", "tiny"]
    good = CliRunner().invoke(main, command)
    assert good.exit_code == 0, good.output
    assert "2 of 2 right variants keep full marks; 5 of 5 wrong ones fail exactly" in good.output
    (row,) = [line for line in good.output.splitlines() if "wrong scale/adds" in line]
    assert row.split()[2:] == ["×", "×", "·", "·"]

    (fresh.root / "variants/tiny/wrong/roll/from_zero.py").unlink()
    data = CliRunner().invoke(main, [*command, "--json"])
    assert data.exit_code == 1
    assert json.loads(data.output)["idle"] == ["roll_shows_a_die"]


def test_a_release_is_refused_when_a_variant_does_not_do_what_it_says(fresh: Course) -> None:
    write_variants(fresh, {**GOOD, "wrong/roll/harmless": ("roll_counts", ROLL.format(f"return {DRAWS}"))})
    result = CliRunner().invoke(main, ["--course", str(fresh.root), "release", "tiny"])
    assert result.exit_code == 1
    assert "The wrong variant roll/harmless survives: roll_counts should catch it." in result.output
    assert "must not go to students as it is" in result.output


def test_a_team_has_at_most_one_variant_of_each_function() -> None:
    variants = [Variant(name, name[0], True, "", (), "") for name in ("a1", "a2", "a3", "b1", "c1", "c2")]
    teams = make_teams(variants, ("a", "b", "c"))
    assert [[variant.name for variant in team] for team in teams] == [["a1", "b1", "c1"], ["a2", "c2"], ["a3"]]
