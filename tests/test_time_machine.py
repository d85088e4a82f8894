"""The text of rnn_from_scratch: what is a token, and that both ways to cut batches cut what they say."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from utils import time_machine  # noqa: E402 # torch comes first, or there is nothing to import
from utils.time_machine import Batches, Vocab, clean, load_corpus_time_machine, load_data_time_machine  # noqa: E402

SMALL = "The Time\n  Traveller (for so\nit will be, convenient)!\n" * 4
PARTITIONS = [time_machine.sequential_partition, time_machine.random_sampling]


@pytest.fixture
def small_text(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let a text of our own stand for the novel; return it as characters."""
    monkeypatch.setattr(time_machine, "load_text", lambda name: SMALL)
    return clean(SMALL)


def test_what_is_no_letter_becomes_one_space_and_line_ends_vanish() -> None:
    assert clean("The Time--Machine, 1895!\n\n  It said: 'No'\n") == "the time machineit said no"


def test_tokens_are_ordered_by_frequency_and_equally_frequent_ones_by_their_place() -> None:
    vocab = Vocab("bbacca")
    assert vocab.idx_to_token == ["<unk>", "b", "a", "c"]
    assert vocab.token_freqs == [("b", 2), ("a", 2), ("c", 2)]
    assert Vocab("abb").idx_to_token == ["<unk>", "b", "a"]


def test_a_vocabulary_translates_one_token_or_many_there_and_back() -> None:
    vocab = Vocab("time machine")
    assert vocab["e"] == vocab.token_to_idx["e"]
    assert vocab.to_tokens(vocab[list("tin")]) == ["t", "i", "n"]
    assert vocab.to_tokens(torch.tensor(vocab["m"])) == "m"
    assert vocab.to_tokens(torch.tensor([1, 2])) == vocab.to_tokens([1, 2])
    assert len(vocab) == 10


def test_an_unknown_token_has_the_index_0() -> None:
    vocab = Vocab(["<unk>", "time", "time"])
    assert vocab["machine"] == vocab["<unk>"] == 0
    assert vocab.to_tokens(0) == "<unk>"
    assert len(vocab) == 2


def test_the_corpus_may_be_cut_short_and_the_vocabulary_is_that_of_the_whole_text(small_text: str) -> None:
    corpus, vocab = load_corpus_time_machine()
    assert "".join(vocab.to_tokens(corpus)) == small_text
    short, same = load_corpus_time_machine(max_tokens=5)
    assert (short, same.idx_to_token) == (corpus[:5], vocab.idx_to_token)


@pytest.mark.parametrize("use_random_iter", [False, True])
def test_targets_are_the_inputs_one_character_further_on(small_text: str, use_random_iter: bool) -> None:
    batches, vocab = load_data_time_machine(3, 7, use_random_iter)
    found = list(batches)
    assert found
    for X, Y in found:
        assert X.shape == Y.shape == (3, 7)
        assert X.dtype == Y.dtype == torch.int64
        assert torch.equal(X[:, 1:], Y[:, :-1])
        for row, last in zip(X, Y[:, -1], strict=True):
            assert "".join(vocab.to_tokens([*row, last])) in small_text


def cut(partition: time_machine.Partition, length: int, seed: int = 0) -> list[Sequence[Sequence[int]]]:
    """Return the inputs of all batches of three rows and five steps, of a text that counts."""
    torch.manual_seed(seed)
    return [X.tolist() for X, _ in partition(range(length), 3, 5)]


def test_in_a_sequential_partition_each_row_goes_on_where_it_has_ended() -> None:
    for seed in range(10):
        batches = cut(time_machine.sequential_partition, 200, seed)
        for batch, following in pairwise(batches):
            for row, next_row in zip(batch, following, strict=True):
                assert next_row[0] == row[-1] + 1


def test_random_sampling_takes_each_piece_once_and_mixes_them() -> None:
    batches = cut(time_machine.random_sampling, 200)
    starts = [row[0] for batch in batches for row in batch]
    assert all(row == list(range(row[0], row[0] + 5)) for batch in batches for row in batch)
    assert len(set(starts)) == len(starts) == 39  # 13 batches of the 39 pieces
    assert len({start % 5 for start in starts}) == 1
    assert starts != sorted(starts)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_an_epoch_begins_at_any_offset_below_the_number_of_steps_and_the_seed_decides(
    partition: time_machine.Partition,
) -> None:
    offsets = {min(row[0] for batch in cut(partition, 301, seed) for row in batch) % 5 for seed in range(60)}
    assert offsets == {0, 1, 2, 3, 4}
    assert cut(partition, 301, seed=4) == cut(partition, 301, seed=4)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_shortest_text_that_is_taken_makes_a_batch_wherever_it_begins(partition: time_machine.Partition) -> None:
    for seed in range(30):
        assert len(cut(partition, 20, seed)) == 1  # 3 * 5 + 5
    Batches(range(20), 3, 5, partition)
    with pytest.raises(ValueError, match="at least 20 tokens, and this one has 19"):
        Batches(range(19), 3, 5, partition)


def test_going_through_the_batches_again_is_a_new_epoch(small_text: str) -> None:
    batches, _ = load_data_time_machine(2, 9)
    torch.manual_seed(1)
    epochs = [[X.tolist() for X, _ in batches] for _ in range(6)]
    assert all(epochs)
    assert len({str(epoch) for epoch in epochs}) > 1


def test_the_novel_has_170580_characters_and_a_vocabulary_of_28(real_text: Callable[[str], str]) -> None:
    real_text(time_machine.FILE)
    corpus, vocab = load_corpus_time_machine()
    assert (len(corpus), len(vocab)) == (170_580, 28)
    assert vocab.idx_to_token[:6] == ["<unk>", " ", "e", "t", "a", "i"]
    assert "".join(vocab.to_tokens(corpus[:21])) == "the time machine by h"


@pytest.mark.parametrize("use_random_iter", [False, True])
def test_the_published_setting_has_eight_batches_an_epoch(
    real_text: Callable[[str], str], use_random_iter: bool
) -> None:
    real_text(time_machine.FILE)
    batches, _ = load_data_time_machine(32, 35, use_random_iter)
    assert [tuple(X.shape) for X, _ in batches] == [(32, 35)] * 8
