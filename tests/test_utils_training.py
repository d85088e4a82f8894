import math
import sys
from contextlib import redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper

import pytest

from utils.training import TrainingLog, get_initial_loss, smooth

ROWS = """\
Iteration: 1, Loss: 23.087336

Nkzxwtdmfqoeyhsqwasjkjvu
Kneb

Iteration: 2001, Loss: 27.884160

Liusskeomnolxeros
"""


def logged(text):
    with TrainingLog() as log:
        print(text)
    return list(zip(log.iterations, log.losses, strict=True))


def test_the_initial_loss_is_that_of_guessing_each_character():
    assert get_initial_loss(27, 7) == pytest.approx(7 * math.log(27), rel=1e-15)
    assert get_initial_loss(2, 1) == pytest.approx(math.log(2), rel=1e-15)
    assert get_initial_loss(27, 0) == 0
    assert type(get_initial_loss(27, 7)) is float


def test_smoothing_keeps_999_parts_of_the_old_loss_in_1000():
    assert smooth(10.0, 20.0) == pytest.approx(10.01, rel=1e-15)
    assert smooth(20.0, 10.0) == pytest.approx(19.99, rel=1e-15)


def test_a_constant_loss_is_smoothed_to_itself():
    assert smooth(23.0, 23.0) == pytest.approx(23.0, rel=1e-15)


def test_a_log_prints_through_and_reads_the_rows(capsys):
    with TrainingLog() as log:
        print(ROWS, end="")
    assert capsys.readouterr().out == ROWS
    assert log.iterations == [1, 2001]
    assert log.losses == [23.087336, 27.884160]


def test_a_log_prints_at_once(capsys):
    with TrainingLog():
        print("Iteration: 1, Loss: 23.1")
        assert capsys.readouterr().out == "Iteration: 1, Loss: 23.1\n"


def test_a_log_prints_to_what_was_stdout_when_it_was_entered():
    log, terminal = TrainingLog(), StringIO()
    with redirect_stdout(terminal), log:
        print("Iteration: 1, Loss: 23.1")
    assert terminal.getvalue() == "Iteration: 1, Loss: 23.1\n"


def test_a_log_flushes_what_stands_behind_it():
    file = BytesIO()
    with redirect_stdout(TextIOWrapper(file)), TrainingLog():
        print("Trex", end="")
        assert file.getvalue() == b""  # still in the buffer of the TextIOWrapper
        print(flush=True)
        assert file.getvalue() == b"Trex\n"


def test_a_log_can_be_read_while_it_is_being_written():
    with TrainingLog() as log:
        print("Iteration: 1, Loss: 23.1")
        assert (log.iterations, log.losses) == ([1], [23.1])
        print("Iteration: 2, Loss: 23.0")
        assert (log.iterations, log.losses) == ([1, 2], [23.1, 23.0])


def test_a_row_may_be_printed_in_pieces():
    with TrainingLog() as log:
        print("Iteration:", 2001, end=", ", flush=True)
        print("Loss:", 27.884160491415777)
    assert (log.iterations, log.losses) == ([2001], [27.884160491415777])


@pytest.mark.parametrize(
    "line",
    [
        "Iteration: 2001, Loss: 27.5",
        "  Iteration:2001 loss=27.5",
        "Iteration: 2001 27.5",
        "Iteration: 2001, Loss: [27.5]",
        "Iteration: 2001, Loss: np.float64(27.5)",
        "Iteration: 2001, Loss: 27.5 after 3 s",
    ],
)
def test_a_row_is_read_however_its_loss_is_put(line):
    assert logged(line) == [(2001, 27.5)]


@pytest.mark.parametrize(
    ("written", "loss"), [("23", 23.0), ("23.", 23.0), ("1e-05", 1e-05), ("1.5e+20", 1.5e20), ("-3.5", -3.5)]
)
def test_a_loss_is_read_as_python_writes_numbers(written, loss):
    assert logged(f"Iteration: 1, Loss: {written}") == [(1, loss)]


def test_a_training_that_diverges_is_read_as_such():
    rows = logged("Iteration: 1, Loss: inf\nIteration: 2001, Loss: nan\nNanotyrannus\nIteration: 4001, Loss: nan")
    assert rows[0] == (1, math.inf)
    assert [iteration for iteration, _ in rows] == [1, 2001, 4001]
    assert all(math.isnan(loss) for _, loss in rows[1:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Trex",
        "Loss: 27.5",
        "Iteration: 2001",
        "Iteration: 2001\n27.5",
        "Iteration: 2001, finance: none",
        "Next Iteration: 2001, Loss: 27.5",
    ],
)
def test_other_lines_are_no_rows(text):
    assert logged(text) == []


def test_stdout_is_given_back():
    before = sys.stdout
    with TrainingLog() as log:
        assert sys.stdout is log
    assert sys.stdout is before


def test_stdout_is_given_back_after_an_exception_and_what_was_printed_is_kept():
    before, log = sys.stdout, TrainingLog()
    with pytest.raises(ZeroDivisionError), log:
        print("Iteration: 1, Loss: 23.1")
        raise ZeroDivisionError
    assert sys.stdout is before
    assert log.losses == [23.1]


def test_a_log_inside_another_reaches_both(capsys):
    with TrainingLog() as outer, TrainingLog() as inner:
        print("Iteration: 1, Loss: 23.1")
    assert outer.losses == inner.losses == [23.1]
    assert capsys.readouterr().out == "Iteration: 1, Loss: 23.1\n"
