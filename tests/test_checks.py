"""The tools of the check cells: what they stand in for, they must not distort."""

import contextlib
import inspect
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from utils.checks import Draws, random_gradients, random_parameters, scripted_draws, stand_in

P = np.full(4, 0.25)


def draws_itself() -> None:
    """Stands for the student's function where the lines of a test do the drawing."""


@pytest.mark.parametrize(
    "draw",
    [
        lambda: np.random.choice(4, p=P),
        lambda: np.random.choice(range(4), p=P),
        lambda: np.random.choice([0, 1, 2, 3], p=P),
        lambda: np.random.choice(np.arange(4), None, True, P),
        lambda: np.random.choice(a=4, size=1, p=P)[0],
        lambda: ord(np.random.choice(list("abcd"), p=P)) - ord("a"),
        lambda: np.random.choice(4),
        lambda: np.random.choice(np.int64(4), p=list(P)),
        lambda: np.random.choice(4, p=P, replace=False),
        lambda: np.random.choice(4, (2, 1), p=P)[1, 0],
    ],
)
def test_every_way_to_call_choice_gets_the_scripted_index(draw: Callable[[], int]) -> None:
    with scripted_draws(draw, [3, 1]) as draws:
        assert (draw(), draw()) == (3, 1)
    assert np.array_equal(draws.probabilities, [P, P])
    assert not draws.ran_out


@pytest.mark.parametrize(
    ("p", "message"),
    [
        (P.reshape(4, 1), "1-dimensional"),
        (P.reshape(1, 4), "1-dimensional"),
        (P[:3], "equally long"),
        (P * 2, "sum to 1"),
        (P * np.nan, "sum to 1"),
        ([-0.5, 0.5, 0.5, 0.5], "must not be negative"),
    ],
)
def test_probabilities_that_numpy_refuses_are_refused(p: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as ours, scripted_draws(draws_itself, [0]):
        np.random.choice(4, p=p)
    with pytest.raises(ValueError, match=r"."):
        np.random.choice(4, p=p)
    assert message in str(ours.value)


@pytest.mark.parametrize("a", [0, -1, [], [[0, 1], [2, 3]], 4.0, None, "abcd"])
def test_options_that_numpy_refuses_are_refused(a: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as ours, scripted_draws(draws_itself, [0]):
        np.random.choice(a)
    assert "scripted_draws" not in str(ours.value)  # it is the draw that is refused
    with pytest.raises((ValueError, TypeError)):
        np.random.choice(a)


def test_a_refused_draw_is_not_counted() -> None:
    with scripted_draws(draws_itself, [3]) as draws:
        with contextlib.suppress(ValueError):
            np.random.choice(4, p=P * 2)
        assert np.random.choice(4, p=P) == 3
    assert len(draws.probabilities) == 1
    assert not draws.ran_out


def test_probabilities_are_kept_as_they_were_at_the_draw() -> None:
    changing = P.copy()
    with scripted_draws(draws_itself, [0]) as draws:
        np.random.choice(4, p=changing)
        changing[:] = 0
    assert np.array_equal(draws.probabilities, [P])


def test_the_stand_in_for_choice_takes_the_arguments_of_numpy() -> None:
    assert list(inspect.signature(Draws([]).choice).parameters) == ["a", "size", "replace", "p"]


def test_a_seed_belongs_to_the_draw_right_after_it() -> None:
    with scripted_draws(draws_itself, [0, 0, 0]) as draws:
        np.random.seed(5)
        np.random.choice(4, p=P)
        np.random.choice(4, p=P)
        np.random.seed(6)
        np.random.seed(7)
        np.random.choice(4, p=P)
    assert draws.seeds == [5, None, 7]


def test_a_function_that_wants_more_draws_is_ended_without_an_error() -> None:
    reached = []
    with scripted_draws(draws_itself, [0]) as draws:
        while True:
            with contextlib.suppress(Exception):  # as a student might write
                np.random.choice(4, p=P)
            reached.append(1)
    assert draws.ran_out
    assert reached == [1]


def test_numpy_is_itself_again_even_after_an_error() -> None:
    choice, seed = np.random.choice, np.random.seed
    with pytest.raises(KeyError), scripted_draws(draws_itself, [0]):
        raise KeyError
    assert (np.random.choice, np.random.seed) == (choice, seed)


def test_a_function_imported_into_the_notebook_is_reached_too(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook: Any = sys.modules["__main__"]
    choice, seed = np.random.choice, np.random.seed
    monkeypatch.setattr(notebook, "my_choice", choice, raising=False)
    monkeypatch.setattr(notebook, "my_seed", seed, raising=False)
    with scripted_draws(draws_itself, [2]) as draws:
        notebook.my_seed(9)
        assert notebook.my_choice(4, p=P) == 2
    assert draws.seeds == [9]
    assert (notebook.my_choice, notebook.my_seed) == (choice, seed)


def notebook(source: str) -> SimpleNamespace:
    names: dict[str, Any] = {}
    exec(source, names)
    return SimpleNamespace(names=names, **{key: value for key, value in names.items() if not key.startswith("__")})


def test_a_stand_in_gets_its_arguments_by_position_whatever_they_are_called() -> None:
    student = notebook(
        "def clip(grads, limit=1, verbose=False): raise KeyError\n"
        "def optimize(): return clip(limit=5, grads={'dWaa': 1})"
    )
    with stand_in(student.optimize, clip=lambda *arguments: arguments):
        assert student.optimize() == ({"dWaa": 1}, 5, False)
    with pytest.raises(KeyError):
        student.optimize()


@pytest.mark.parametrize(
    "clip",
    [
        "def clip(gradients, maxValue): raise KeyError",
        "def clip(gradients, *, maxValue): raise KeyError",
        "def clip(gradients, maxValue, *, copy=True): raise KeyError",
        "def clip(gradients, maxValue, *more, **options): raise KeyError",
        "clip = lambda gradients, maxValue: 1 / 0",
        "clip = 5",
        "clip = None",
        "import operator\nclip = operator.itemgetter",
        "",
    ],
)
def test_a_stand_in_works_whatever_stands_in_its_place(clip: str) -> None:
    call = "clip({'dWaa': 1}, maxValue=5)" if "def" in clip or "lambda" in clip else "clip({'dWaa': 1}, 5)"
    student = notebook(f"{clip}\ndef optimize(): return {call}")
    with stand_in(student.optimize, clip=lambda gradients, bound, *_: (gradients, bound)):
        assert student.optimize() == ({"dWaa": 1}, 5)


def test_a_call_that_the_replaced_function_would_refuse_is_refused() -> None:
    student = notebook("def clip(gradients, maxValue): pass\ndef optimize(): return clip({})")
    with stand_in(student.optimize, clip=lambda *_: 1), pytest.raises(TypeError, match="maxValue"):
        student.optimize()


def test_the_functions_are_back_even_after_an_error() -> None:
    student = notebook("def clip(): return 'own'\ndef sample(): return 'own'\ndef model(): return clip() + sample()")
    with pytest.raises(KeyError), stand_in(student.model, clip=lambda: "A", sample=lambda: "B"):
        assert student.model() == "AB"
        raise KeyError
    assert student.model() == "ownown"


def test_a_decorated_function_uses_the_stand_in_of_its_own_notebook() -> None:
    student = notebook(
        "import functools\ndef clip(): return 'own'\n@functools.lru_cache\ndef optimize(): return clip()"
    )
    with stand_in(student.optimize, clip=lambda: "stand-in"):
        assert student.optimize() == "stand-in"


def test_a_stand_in_for_a_function_that_does_not_exist_goes_away_again() -> None:
    student = notebook("def optimize(): return clip(1)")
    with stand_in(student.optimize, clip=lambda x: x + 1):
        assert student.optimize() == 2
    assert "clip" not in student.names


def test_what_a_check_assigns_meanwhile_stays() -> None:
    student = notebook("def clip(): pass\ndef optimize(): pass")
    with stand_in(student.optimize, clip=print):
        student.names["result"] = 3
        del student.names["clip"]
    assert student.names["result"] == 3
    assert student.names["clip"] is student.clip


def test_seeded_inputs_are_drawn_in_the_order_that_is_documented() -> None:
    np.random.seed(3)
    shapes = {"Wax": (2, 5), "Waa": (2, 2), "Wya": (5, 2), "b": (2, 1), "by": (5, 1)}
    expected = {name: np.random.randn(*shape) for name, shape in shapes.items()}
    parameters = random_parameters(seed=3, n_a=2, vocab_size=5, scale=1)
    assert list(parameters) == list(expected)
    for name, array in expected.items():
        assert np.array_equal(parameters[name], array)
    # the published check of clip: seed 3, times 10
    gradients = random_gradients(seed=3, n_a=5, n_x=3, n_y=2, scale=10)
    assert gradients["dWya"][1][2] == pytest.approx(0.2971381536101662, rel=1e-12)
    assert gradients["dby"][1, 0] == pytest.approx(8.45833407, rel=1e-8)


def test_draws_are_compared_by_what_they_choose_from_and_not_by_how_it_is_written() -> None:
    seen_as = Draws([0]).choice.seen_as  # type: ignore[attr-defined] # the referee looks for it so
    forms = [seen_as(*given, p=P) for given in ((4,), (range(4),), ([0, 1, 2, 3],), (np.arange(4), None, True))]
    for options, probabilities in forms:
        assert options.tolist() == [0, 1, 2, 3]
        assert probabilities.tolist() == P.tolist()
