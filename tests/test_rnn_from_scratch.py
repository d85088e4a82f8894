"""The solutions of rnn_from_scratch as a whole: they learn, and they learn what PyTorch's own layer learns."""

import contextlib
import io
import math
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from benchmarks.solutions import load_solutions  # noqa: E402
from benchmarks.torch_training import largest_difference, notebook_training, plain_training, some_text  # noqa: E402
from grading.course import Course  # noqa: E402
from grading.variants import load_variants  # noqa: E402
from utils.time_machine import FILE, Batches, Vocab, load_data_time_machine, sequential_partition  # noqa: E402
from utils.torch_rnn import FrameworkModel  # noqa: E402

CPU = torch.device("cpu")
COURSE = Course.find(Path(__file__).parent)


@pytest.fixture(scope="module")
def notebook() -> SimpleNamespace:
    """The graded functions as the source notebook solves them."""
    return load_solutions("rnn_from_scratch", math=math, time=time, torch=torch, nn=nn, F=functional)


def own_net(notebook: SimpleNamespace, vocab_size: int, num_hiddens: int) -> Any:
    torch.manual_seed(0)
    return notebook.RNNModelScratch(
        vocab_size, num_hiddens, CPU, notebook.get_params, notebook.init_rnn_state, notebook.rnn
    )


def test_a_small_text_is_learned_by_heart_and_continued(notebook: SimpleNamespace) -> None:
    text = "the time traveller came back " * 20
    vocab = Vocab(text)
    batches = Batches([vocab.token_to_idx[token] for token in text], 4, 20, sequential_partition)
    net = own_net(notebook, len(vocab), 48)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        perplexities = notebook.train_ch8(net, batches, vocab, 1, 80, CPU)
    assert perplexities[0] > 10
    assert perplexities[-1] < 1.1
    assert notebook.predict_ch8("the time tr", 18, net, vocab, CPU) == "the time traveller came back "
    assert printed.getvalue().count("perplexity") == 8


@pytest.mark.parametrize("use_random_iter", [False, True])
def test_an_epoch_learns_what_the_layer_of_pytorch_learns(notebook: SimpleNamespace, use_random_iter: bool) -> None:
    batches = Batches(some_text()[:1000], 8, 15, sequential_partition)
    net, model = own_net(notebook, 28, 32), FrameworkModel(28, 32)
    model.load_rows(net.params)
    model.rnn.bias_hh_l0.requires_grad_(False)  # the notebook's network has one bias for the state
    learned = []
    for one, params in ((net, net.params), (model, model.parameters())):
        torch.manual_seed(1)  # decides where the batches begin
        updater = torch.optim.SGD([param for param in params if param.requires_grad], lr=1)
        results = [
            notebook.train_epoch_ch8(one, batches, nn.CrossEntropyLoss(), updater, CPU, use_random_iter)
            for _ in range(5)
        ]
        learned.append([perplexity for perplexity, _ in results])
    assert learned[0] == pytest.approx(learned[1], rel=1e-4)  # single precision, 40 steps
    assert learned[0][-1] < learned[0][0]


def test_the_plain_loop_of_the_benchmark_has_the_same_perplexities() -> None:
    batches = Batches(some_text()[:3000], 32, 35, sequential_partition)
    plain, own = plain_training(seed=1), notebook_training(seed=1)
    for epoch in range(2):
        plain.run(batches, epoch)
        own.run(batches, epoch)
    assert largest_difference(plain, own) < 1e-5  # single precision
    assert plain.perplexities[1] < plain.perplexities[0] < 28


def test_one_epoch_of_the_real_text_begins_below_blind_guessing(
    notebook: SimpleNamespace, real_text: Callable[[str], str]
) -> None:
    real_text(FILE)
    batches, vocab = load_data_time_machine(32, 35)
    net = own_net(notebook, len(vocab), 512)
    perplexities = notebook.train_ch8(net, batches, vocab, 1, 2, CPU)
    assert 17 < perplexities[1] < perplexities[0] < 28


def test_there_are_at_least_10_right_and_30_wrong_variants_and_some_of_each_function() -> None:
    assignment = COURSE.assignment("rnn_from_scratch")
    variants = load_variants(COURSE, assignment)
    right = [variant.function for variant in variants if variant.right]
    wrong = [variant.function for variant in variants if not variant.right]
    assert len(right) >= 10
    assert len(wrong) >= 30
    assert set(right) == set(wrong) == set(assignment.functions)


def test_every_check_is_named_by_a_wrong_variant_that_no_other_check_catches() -> None:
    assignment = COURSE.assignment("rnn_from_scratch")
    alone = {variant.caught_by[0] for variant in load_variants(COURSE, assignment) if len(variant.caught_by) == 1}
    assert alone == {check.grade_id for check in assignment.grade_cells}
