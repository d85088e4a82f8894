import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the poet needs PyTorch")
pytest.importorskip("safetensors", reason="the poet's weights are a safetensors file")
pytest.importorskip("tqdm", reason="its training shows a bar")

from safetensors.torch import save_file  # noqa: E402

from utils.lstm import sigmoid  # noqa: E402
from utils.poet import Poet, WeightsError, load_poet, numpy_parameters, predict, train_epoch, write_poem  # noqa: E402

TEXT = "the tide goes out, the tide comes in; and what it takes it brings again. " * 4
CHARACTERS = sorted(set(TEXT))
INDICES = {c: i for i, c in enumerate(CHARACTERS)}
SAID = {"epochs": "3", "loss": "1.25", "seed": "7", "vocabulary": "".join(CHARACTERS), "torch": "2.13.0"}
SHIPPED = Path(__file__).parents[1] / "source" / "shakespeare" / "poet.safetensors"


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the tests run on all cores already


@pytest.fixture
def poet() -> Poet:
    return Poet(len(CHARACTERS), n_a=16)


def examples(Tx=12):
    rows = np.eye(len(CHARACTERS), dtype=bool)
    numbers = np.array([INDICES[c] for c in TEXT])
    starts = np.arange(len(TEXT) - Tx)
    return rows[numbers[starts[:, None] + np.arange(Tx)]], rows[numbers[starts + Tx]]


def test_the_poet_of_the_assignment_has_two_layers_of_128_units_and_scores_38_characters():
    poet = Poet()
    shapes = {name: tuple(weights.shape) for name, weights in poet.named_parameters()}
    assert shapes["lstm.weight_ih_l0"] == (4 * 128, 38)
    assert shapes["lstm.weight_ih_l1"] == (4 * 128, 128)
    assert shapes["dense.weight"] == (38, 128)
    assert sum(weights.numel() for weights in poet.parameters()) == 223_014
    assert poet(torch.zeros(5, 40, 38)).shape == (5, 38)


def test_dropout_of_one_half_follows_each_layer_and_is_off_when_the_poet_predicts(poet):
    assert poet.lstm.dropout == poet.dropout.p == 0.5
    x = torch.from_numpy(examples()[0][:4]).float()
    assert not torch.equal(poet.train()(x), poet(x))
    assert np.array_equal(predict(poet, "the tide", INDICES), predict(poet, "the tide", INDICES))


def test_a_prediction_is_the_softmax_of_the_scores(poet):
    probabilities = predict(poet, "the tide goe", INDICES)
    scores = poet(torch.from_numpy(examples()[0][:1]).float())[0].double().detach().numpy()
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, rel=1e-12)
    assert probabilities == pytest.approx(np.exp(scores) / np.exp(scores).sum(), rel=1e-5)  # single precision


def test_a_character_that_the_poet_has_never_seen_is_named(poet):
    with pytest.raises(ValueError, match="has never seen '3', 'é'"):
        predict(poet, "café 3", {**INDICES, "f": 0, "c": 1, "a": 2})


def test_weights_come_back_as_they_were_saved_with_what_is_said_of_them(poet, tmp_path):
    save_file(poet.state_dict(), tmp_path / "weights", metadata=SAID)
    loaded, training = load_poet(tmp_path / "weights")
    assert (training.epochs, training.loss, training.seed) == (3, 1.25, 7)
    assert training.vocabulary == "".join(CHARACTERS)
    assert not loaded.training
    for name, weights in poet.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weights)


def test_weights_that_are_missing_or_damaged_or_of_another_model_say_so(poet, tmp_path):
    with pytest.raises(WeightsError, match="There is no file"):
        load_poet(tmp_path / "missing")
    (tmp_path / "text").write_text("no weights")
    other = {"weight": torch.ones(3)}
    short = {**SAID, "vocabulary": "abc"}
    for name, weights, said in (("other", other, SAID), ("bare", poet.state_dict(), None)):
        save_file(weights, tmp_path / name, metadata=said)
    for name in ("text", "other", "bare"):
        with pytest.raises(WeightsError, match="holds no weights of a poet"):
            load_poet(tmp_path / name)
    save_file(poet.state_dict(), tmp_path / "short", metadata=short)
    with pytest.raises(WeightsError, match=f"has {len(CHARACTERS)} outputs, but 3 characters"):
        load_poet(tmp_path / "short")


def test_training_lowers_the_loss_of_each_epoch(poet):
    x, y = examples()
    optimizer = torch.optim.Adam(poet.parameters(), lr=0.01)
    losses = [np.mean(train_epoch(poet, optimizer, x, y, batch_size=32, progress=False)) for _ in range(6)]
    assert losses[0] < np.log(len(CHARACTERS)) + 0.2  # it begins with guessing
    assert losses[5] < losses[2] < losses[0]
    assert losses[5] < losses[0] - 0.2


def test_an_epoch_has_each_example_once_and_a_part_of_one_has_as_many_batches_as_asked_for(poet, monkeypatch):
    x, y = examples()
    seen = []
    monkeypatch.setattr("utils.poet._train_batch", lambda poet, optimizer, x, target: seen.append(len(x)) or 1.0)
    assert train_epoch(poet, None, x, y, batch_size=50, progress=False) == [1.0] * 6
    assert seen == [50] * 5 + [len(x) - 250]
    assert len(train_epoch(poet, None, x, y, batch_size=50, batches=2, progress=False)) == 2


def test_the_bar_is_printed_and_silent_when_asked_to_be(poet, capsys):
    x, y = examples()
    optimizer = torch.optim.Adam(poet.parameters())
    train_epoch(poet, optimizer, x, y, batches=2, progress=False)
    assert capsys.readouterr() == ("", "")
    train_epoch(poet, optimizer, x, y, batches=2)
    assert "2/2" in capsys.readouterr().out


def test_a_poem_goes_on_from_its_beginning_and_is_printed_as_it_grows(poet, capsys):
    temperatures = []

    def sample(preds, temperature):
        assert preds.shape == (len(CHARACTERS),)
        temperatures.append(temperature)
        return np.int64(INDICES["e"])

    poem = write_poem(poet, INDICES, sample, "The Tide", temperature=0.3, length=5)
    assert poem == "the tideeeeee"
    assert capsys.readouterr().out == poem + "\n"
    assert temperatures == [0.3] * 5


def test_the_poet_reads_the_last_characters_with_blanks_on_the_left(poet, monkeypatch):
    windows = []
    monkeypatch.setattr("utils.poet.predict", lambda poet, window, char_indices: windows.append(window))
    write_poem(poet, INDICES, lambda preds, temperature: INDICES["s"], "in", length=4, Tx=4)
    assert windows == ["  in", " ins", "inss", "nsss"]


def test_the_weights_in_numpy_give_the_states_of_pytorch():
    lstm = torch.nn.LSTM(5, 3, num_layers=2).double()
    x = torch.randn(7, 2, 5, dtype=torch.float64)
    states, _ = lstm(x)
    below = [step.T.numpy() for step in x]
    for layer in (0, 1):
        weights, a, c, above = numpy_parameters(lstm, layer), np.zeros((3, 2)), np.zeros((3, 2)), []
        for column in below:
            scores = {k: weights["W" + k] @ np.vstack([a, column]) + weights["b" + k] for k in "fuoc"}
            c = sigmoid(scores["f"]) * c + sigmoid(scores["u"]) * np.tanh(scores["c"])
            a = sigmoid(scores["o"]) * np.tanh(c)
            above.append(a)
        below = above
    assert np.array(below).transpose(0, 2, 1) == pytest.approx(states.detach().numpy(), rel=1e-10)


def test_the_shipped_weights_are_small_and_say_what_they_are():
    assert SHIPPED.stat().st_size < 1_000_000
    _, training = load_poet(SHIPPED)
    assert training.vocabulary == "\n !'(),-.:;?abcdefghijklmnopqrstuvwxyz"
    assert training.epochs >= 60
    assert training.loss < 1.5  # nats a character; guessing blindly costs 3.64


def test_the_shipped_poet_knows_how_words_go_on():
    poet, training = load_poet(SHIPPED)
    indices = {c: i for i, c in enumerate(training.vocabulary)}
    for window, expected in (
        ("when i do count the clock that tells th", "e"),
        ("shall i compare thee to a summer's da", "y"),
    ):
        probabilities = predict(poet, window.rjust(40), indices)
        assert training.vocabulary[int(probabilities.argmax())] == expected


def test_the_core_of_utils_imports_no_torch():
    code = "import sys, utils, utils.checks, utils.lstm; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parents[2], check=False).returncode == 0
