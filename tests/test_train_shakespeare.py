import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the poet needs PyTorch")
pytest.importorskip("safetensors", reason="the poet's weights are a safetensors file")
pytest.importorskip("tqdm", reason="its training shows a bar")

from scripts import train_shakespeare  # noqa: E402
from scripts.train_shakespeare import STRIDE, TX, Options, encode, learning_rate, train  # noqa: E402
from utils.poet import Poet, load_poet, train_epoch  # noqa: E402

TEXT = "the tide goes out, the tide comes in; and what it takes it brings again.\n" * 3


@pytest.fixture
def small_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the script train on a text of three lines."""
    monkeypatch.setattr(train_shakespeare, "load_text", lambda name: TEXT.title())


def test_each_window_and_the_character_behind_it_are_one_hot():
    x, y, vocabulary = encode(TEXT)
    assert vocabulary == "".join(sorted(set(TEXT)))
    assert x.shape == (-(-(len(TEXT) - TX) // STRIDE), TX, len(vocabulary))
    for i in (0, 1, len(x) - 1):
        assert "".join(vocabulary[k] for k in x[i].argmax(axis=1)) == TEXT[i * STRIDE :][:TX]
        assert vocabulary[y[i].argmax()] == TEXT[i * STRIDE + TX]
    assert x.sum() == x.shape[0] * TX
    assert y.sum() == len(y)


def test_the_learning_rate_is_constant_and_goes_down_over_the_last_third():
    rates = [learning_rate(epoch, 90, 0.004) for epoch in range(90)]
    assert set(rates[:61]) == {0.004}
    assert all(np.diff(rates[60:]) < 0)
    assert 0 < rates[-1] < 0.0002


@pytest.mark.usefixtures("small_text")
def test_after_each_epoch_the_file_says_what_it_is(tmp_path, capsys):
    path = tmp_path / "weights"
    train(path, Options(epochs=2, minutes=60, highest_rate=0.01, seed=5))
    _, training = load_poet(path)
    assert (training.epochs, training.seed, training.vocabulary) == (2, 5, "".join(sorted(set(TEXT))))
    assert training.torch == torch.__version__
    assert f"epoch    2 of 2: loss {training.loss:.4f}" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("small_text")
def test_no_epoch_begins_when_the_time_is_over_and_the_same_seed_gives_the_same_weights(tmp_path):
    for name in ("one", "two"):
        train(tmp_path / name, Options(epochs=1, minutes=60, highest_rate=0.01, seed=5))
    one, two = (load_poet(tmp_path / name)[0].state_dict() for name in ("one", "two"))
    assert all(torch.equal(one[name], two[name]) for name in one)
    train(tmp_path / "three", Options(epochs=9, minutes=-1, highest_rate=0.01, seed=5))
    assert not (tmp_path / "three").exists()


@pytest.mark.usefixtures("small_text")
def test_a_training_goes_on_from_its_weights_and_counts_on(tmp_path):
    train(tmp_path / "first", Options(epochs=1, minutes=60, highest_rate=0.01, seed=5))
    train(tmp_path / "second", Options(epochs=3, minutes=60, highest_rate=0.01, seed=5, start=tmp_path / "first"))
    first, second = load_poet(tmp_path / "first")[1], load_poet(tmp_path / "second")[1]
    assert second.epochs == 3
    assert second.loss < first.loss


@pytest.mark.usefixtures("small_text")
def test_the_command_reads_its_options(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train_shakespeare", str(tmp_path / "weights"), "--epochs", "1", "--seed", "3"])
    train_shakespeare.main()
    assert load_poet(tmp_path / "weights")[1].seed == 3


def test_the_sonnets_give_31412_examples_of_38_characters_and_the_poet_learns_from_them(real_text):
    """A quarter of an epoch, 60 of its 246 batches, from nothing: seconds, where the whole takes up to a minute."""
    x, y, vocabulary = encode(real_text("shakespeare_sonnets.txt").lower())
    assert x.shape == (31_412, 40, 38)
    assert y.shape == (31_412, 38)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    poet = Poet(len(vocabulary))
    losses = train_epoch(poet, torch.optim.Adam(poet.parameters(), lr=0.004), x, y, batches=60, progress=False)
    assert (
        np.mean(losses[-10:]) < 3.05
    )  # nats a character: knowing how often each character comes costs 2.9, blind 3.64
