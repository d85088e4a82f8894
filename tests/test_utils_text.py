import hashlib
import string

import numpy as np
import pytest

from utils.text import NAMES_FILE, char_to_ix, ix_to_char, load_names, print_sample, vocabulary


def test_the_names_are_the_file_that_is_used_everywhere():
    content = NAMES_FILE.read_bytes()
    assert len(content) == 19_909
    assert hashlib.sha256(content).hexdigest() == "ad6465621cf56c08f71d4fbb40cf7eab763f9df42c54cc460d6c4d86e9c927fb"


def test_the_names_are_1536_lines_in_lower_case_without_a_newline_at_the_end():
    text = load_names()
    assert len(text) == 19_909
    assert text.count("\n") == 1_535
    assert text.startswith("aachenosaurus\naardonyx\n")
    assert not text.endswith("\n")
    assert set(text) == set("\n" + string.ascii_lowercase)


def test_the_first_name_after_the_shuffle_is_turiasaurus():
    names = [line.strip() for line in load_names().split("\n")]
    np.random.seed(0)
    np.random.shuffle(names)
    assert names[0] == "turiasaurus"


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_other_names_are_read_from_a_path(tmp_path, as_path):
    file = tmp_path / "other.txt"
    file.write_text("Ärger\r\nBad Homburg\n", encoding="utf-8", newline="")
    assert load_names(as_path(file)) == "ärger\nbad homburg\n"


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.txt"):
        load_names(tmp_path / "none.txt")


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    file = tmp_path / "binary.txt"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        load_names(file)


def test_the_vocabulary_of_the_names_is_the_newline_and_the_alphabet():
    assert char_to_ix == {"\n": 0} | {c: i for i, c in enumerate(string.ascii_lowercase, start=1)}
    assert ix_to_char == {i: c for c, i in char_to_ix.items()}


def test_a_vocabulary_is_sorted_and_always_has_the_newline():
    assert vocabulary("banana") == ({"\n": 0, "a": 1, "b": 2, "n": 3}, {0: "\n", 1: "a", 2: "b", 3: "n"})
    assert vocabulary("") == ({"\n": 0}, {0: "\n"})
    assert vocabulary("b\na") == vocabulary("ab")


@pytest.mark.parametrize(
    ("indices", "printed"),
    [
        ([20, 18, 5, 24, 0], "Trex\n"),
        ([20, 18, 5, 24], "Trex"),
        ([20], "T"),
        ([0], "\n"),
        ([], ""),
        ([np.int64(20), np.int32(18), np.array(0)], "Tr\n"),
        (np.array([20, 18, 0]), "Tr\n"),
        (iter([20, 18, 0]), "Tr\n"),
    ],
)
def test_a_sample_is_printed_with_a_capital_and_ends_as_its_indices_do(capsys, indices, printed):
    print_sample(indices, ix_to_char)
    assert capsys.readouterr().out == printed


def test_a_capital_changes_only_the_first_character(capsys):
    print_sample([0, 1, 2], {0: "i", 1: "O", 2: "u"})  # str.capitalize would lower the O
    assert capsys.readouterr().out == "IOu"
