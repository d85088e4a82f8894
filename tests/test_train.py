"""`grading train`: any list of names, sentences for what is none, and weights that can be trusted."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.errors import GradingError
from grading.train import (
    HIDDEN_UNITS,
    MAX_NAME,
    Network,
    invent_names,
    load_network,
    new_network,
    read_names,
    save_network,
    train,
)

NAMES = ["rex", "raptor", "tyranno", "ankylo", "triceratops", "bronto"]


def quiet(loss: float) -> None:
    assert np.isfinite(loss)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "names.txt"


def test_names_are_read_in_lower_case_without_blanks_and_empty_lines(path: Path) -> None:
    path.write_text("\ufeffRex\r\n\n  Saint Denis \n\tÄgypten\nÉvry", encoding="utf-8")
    assert read_names(path) == ["rex", "saint denis", "ägypten", "évry"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "{path} holds no name. Write one name a line."),
        (b" \n\n\t\n", "{path} holds no name. Write one name a line."),
        (b"rex\n\xff\xfe", "{path} is not UTF-8 text: byte 4 cannot be read."),
        ("rex".encode("utf-16"), "{path} is not UTF-8 text: byte 0 cannot be read."),
        (b"rex\nra\x00ptor", r"Line 2 of {path} holds '\x00', a character that cannot be printed."),
        (b"rex\ta list\n", r"Line 1 of {path} holds '\t', a character that cannot be printed."),
        ("rex\n\nSaint\u00a0Denis".encode(), r"Line 3 of {path} holds '\xa0', a character that cannot be printed."),
        (b"\x89PNG".replace(b"\x89", b"\x1b"), r"Line 1 of {path} holds '\x1b', a character that cannot be printed."),
        (b"rex\n" + b"x" * 101, "Line 2 of {path} has 101 characters; a name has at most 100."),
    ],
)
def test_what_is_no_list_of_names_is_answered_with_file_line_and_reason(
    path: Path, content: bytes, sentence: str
) -> None:
    path.write_bytes(content)
    with pytest.raises(GradingError) as error:
        read_names(path)
    assert str(error.value) == sentence.format(path=path)


def test_a_name_of_the_largest_length_is_read(path: Path) -> None:
    path.write_text("x" * MAX_NAME)
    assert read_names(path) == ["x" * MAX_NAME]


def test_a_missing_file_and_a_folder_are_answered_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(GradingError) as error:
        read_names(tmp_path / "no.txt")
    assert str(error.value) == f"{tmp_path / 'no.txt'} cannot be read: No such file or directory."
    with pytest.raises(GradingError) as error:
        read_names(tmp_path)
    assert str(error.value) == f"{tmp_path} cannot be read: Is a directory."


def test_a_new_network_knows_the_characters_of_its_names_and_the_newline() -> None:
    network = new_network(["rex", "äh"])
    assert network.characters == "\nehrxä"
    assert {name: array.shape for name, array in network.parameters.items()} == {
        "Wax": (HIDDEN_UNITS, 6),
        "Waa": (HIDDEN_UNITS, HIDDEN_UNITS),
        "Wya": (6, HIDDEN_UNITS),
        "b": (HIDDEN_UNITS, 1),
        "by": (6, 1),
    }


def test_training_lowers_the_loss_and_reports_every_step() -> None:
    network, losses = new_network(NAMES), list[float]()
    last = train(network, NAMES, 1500, 0, losses.append)
    assert len(losses) == 1500
    assert last == losses[-1]
    # the reported loss is smoothed over 1,000 steps; one that learns nothing stays at log(characters)
    assert losses[-1] < 0.7 * np.log(len(network.characters))
    assert losses[1000] < losses[500] < losses[0]


def test_without_steps_nothing_is_learned_and_there_is_no_loss() -> None:
    network, untouched = new_network(NAMES), new_network(NAMES)
    assert train(network, NAMES, 0, 0, quiet) is None
    for name, array in untouched.parameters.items():
        assert np.array_equal(network.parameters[name], array)


def test_each_round_takes_every_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def note(X: list[int | None], Y: list[int], *arguments: Any) -> Any:
        seen.append(len(X) - 1)
        return forward(X, Y, *arguments)

    from grading import train as module  # noqa: PLC0415

    forward = module.rnn_forward
    monkeypatch.setattr(module, "rnn_forward", note)
    names = ["a", "bb", "ccc", "dddd", "eeeee"]
    train(new_network(names), names, 15, 0, quiet)
    rounds = [seen[start : start + 5] for start in (0, 5, 10)]
    assert [sorted(lengths) for lengths in rounds] == [[1, 2, 3, 4, 5]] * 3
    assert rounds[0] != rounds[1]  # shuffled anew


def test_the_same_seed_gives_the_same_names_and_another_one_others() -> None:
    def invented(seed: int) -> list[str]:
        network = new_network(NAMES)
        train(network, NAMES, 300, seed, quiet)
        return invent_names(network, NAMES, 5, seed)

    assert invented(1) == invented(1)
    assert invented(1) != invented(2)


def test_invented_names_are_new_different_and_capitalized() -> None:
    network = new_network(NAMES)
    train(network, NAMES, 300, 0, quiet)
    invented = invent_names(network, NAMES, 30, 0)
    assert len(set(invented)) == len(invented) == 30
    assert not {name.lower() for name in invented} & set(NAMES)
    assert all(name[0].isupper() and len(name) <= MAX_NAME for name in invented)
    assert {character for name in invented for character in name.lower()} <= set(network.characters)


def test_a_network_that_can_only_say_what_is_known_invents_nothing() -> None:
    network = new_network(["a"])
    for array in network.parameters.values():
        array[:] = 0
    network.parameters["by"][1] = 50  # always "a", up to the largest length
    assert invent_names(network, ["a" * MAX_NAME], 3, 0) == []
    assert invent_names(network, [], 3, 0) == ["A" + "a" * (MAX_NAME - 1)]
    assert invent_names(network, [], 0, 0) == []


def test_unknown_characters_are_named() -> None:
    with pytest.raises(GradingError) as error:
        train(new_network(["rex"]), ["rex", "åse", "x2"], 1, 0, quiet)
    assert str(error.value) == "The loaded network does not know these characters of the names: 2 s å"


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    network = new_network(["rex", "äh 'o"])
    train(network, ["rex"], 20, 0, quiet)
    save_network(network, tmp_path / "weights")  # under this very name, without a suffix
    loaded = load_network(tmp_path / "weights")
    assert loaded.characters == network.characters
    assert list(loaded.parameters) == list(network.parameters)
    for name, array in network.parameters.items():
        assert np.array_equal(loaded.parameters[name], array)
    assert invent_names(loaded, [], 3, 0) == invent_names(network, [], 3, 0)


def test_weights_that_cannot_be_written_are_answered_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(GradingError) as error:
        save_network(new_network(["rex"]), tmp_path / "missing" / "weights.npz")
    expected = f"The weights cannot be written to {tmp_path / 'missing' / 'weights.npz'}: No such file or directory."
    assert str(error.value) == expected


def saved(**changes: Any) -> bytes:
    network = new_network(["rex"])
    file = io.BytesIO()
    np.savez(file, **{**network.parameters, "characters": np.array([network.characters]), **changes})  # type: ignore[arg-type]
    return file.getvalue()


def without(name: str) -> bytes:
    arrays = dict(np.load(io.BytesIO(saved())))
    del arrays[name]
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def single_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


class Payload:
    """Would write a file if it were unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("unpickled"),))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        b"PK\x03\x04 junk",
        pickle.dumps(Payload()),
        single_array(),
        saved(Wax=np.array([Payload()], dtype=object)),
        saved()[:1000],
        saved()[500:],
        without("Waa"),
        without("characters"),
        saved(characters=np.array("\nerx")),
        saved(characters=np.array([])),
    ],
)
def test_what_holds_no_weights_is_refused_and_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(GradingError) as error:
        load_network(tmp_path / "weights.npz")
    assert str(error.value) == f"{tmp_path / 'weights.npz'} does not hold weights that 'grading train --save' wrote."
    assert not (tmp_path / "unpickled").exists()


WAX = new_network(["rex"]).parameters["Wax"]  # (50, 4)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (saved(Wax=WAX.T), "do not fit together: expected {{'Wax': (50, 4),"),
        (saved(b=np.zeros((7, 1))), "do not fit together"),
        (saved(b=np.float64(3)), "do not fit together"),
        (saved(by=np.zeros(4)), "do not fit together"),
        (saved(characters=np.array(["\nabcde"])), "do not fit together"),
        (saved(Wax=WAX * np.nan), "The weights in {path} are not all finite floating-point numbers."),
        (saved(Wax=WAX + np.inf), "are not all finite"),
        (saved(Wax=WAX.astype(str)), "are not all finite"),
        (saved(Wax=WAX.astype(complex)), "are not all finite"),
        (saved(Wax=WAX.astype(int)), "are not all finite"),
        (saved(characters=np.array(["erx\n"])), "The characters in {path} are not sorted"),
        (saved(characters=np.array(["aerx"])), "or the newline is missing"),
        (saved(characters=np.array(["\neex"])), "or one stands twice."),
    ],
)
def test_weights_that_do_not_fit_together_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(GradingError) as error:
        load_network(path)
    assert sentence.format(path=path) in str(error.value)
    assert str(path) in str(error.value)


def test_missing_weights_are_answered_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(GradingError) as error:
        load_network(tmp_path / "no.npz")
    assert str(error.value) == f"The weights {tmp_path / 'no.npz'} cannot be read: No such file or directory."


@settings(max_examples=200, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(-700, 400), st.integers(0, 255)), min_size=1, max_size=3))
def test_damaged_weights_are_refused_or_still_good(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(saved())
    for place, value in changes:  # in the header of the first array, and in the directory at the end
        content[place] = value
    path = tmp_path_factory.mktemp("weights") / "weights.npz"
    path.write_bytes(content)
    try:
        network = load_network(path)
    except GradingError as error:
        assert str(path) in str(error)
    else:
        assert isinstance(network, Network)
        invent_names(network, [], 1, 0)
