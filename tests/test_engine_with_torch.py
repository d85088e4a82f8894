"""Checks of PyTorch code: what crosses between the referee and the student's process, and that it is quick and safe."""

from collections.abc import Callable

import pytest

from grading.execution import Execution

pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

Run = Callable[..., Execution]
SETUP = ("locked", "import torch\nfrom utils.checks import beside, stand_in")


def endings(execution: Execution) -> list[str]:
    return [run.ending for run in execution.runs]


def said(execution: Execution) -> list[str]:
    return [f"{run.ending} {run.error} {run.message}".strip() for run in execution.runs]


def test_tensors_cross_as_data_and_changes_in_place_come_back(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "def scale(x, factor):\n    x *= factor\n    return x.T, x.device, x.dtype\n"
            "def parameters(n, device):\n"
            "    return [torch.zeros(n, 2, device=device, requires_grad=True), torch.ones(2)]\n"
            "def step(weights):\n    (3 * weights).sum().backward()\n    weights.grad *= 2",
        ),
        (
            "check",
            "# c\ngiven = torch.arange(6.0).reshape(2, 3)\nresult, device, dtype = scale(given, 2)\n"
            "assert torch.equal(given, 2 * torch.arange(6.0).reshape(2, 3)) and torch.equal(result, given.T)\n"
            "assert device == torch.device('cpu') and dtype == torch.float32\n"
            "weights, bias = parameters(5, torch.device('cpu'))\n"
            "assert weights.shape == (5, 2) and weights.requires_grad and weights.is_leaf\n"
            "assert not bias.requires_grad",
        ),
        (
            "check",
            "# c\nweights = torch.ones(4, requires_grad=True)\nstep(weights)\n"
            "assert torch.equal(weights.grad, torch.full((4,), 6.0))\nstep(weights)\n"
            "assert torch.equal(weights.grad, torch.full((4,), 18.0))",
        ),
    )
    assert said(execution) == ["ok"] * 4


def test_a_model_is_a_handle_that_is_called_trained_and_handed_back(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "def train(model, loss, updater, x, y):\n    updater.zero_grad()\n    value = loss(model(x), y)\n"
            "    value.backward()\n    clip(model, 1)\n    updater.step()\n    return value\n"
            "class Model:\n    def __init__(self, n, make):\n        self.weights = make(n)\n"
            "    def __call__(self, x):\n        return x @ self.weights\n"
            "def clip(model, theta):\n    raise ValueError('the mistake of another function')",
        ),
        (
            "check",
            "# c\nmodel = beside(train, 'torch.nn.Linear')(3, 2)\n"
            "start = torch.arange(6.0).reshape(2, 3)\n"
            "model.load_state_dict({'weight': start, 'bias': torch.zeros(2)})\n"
            "loss = beside(train, 'torch.nn.MSELoss')()\n"
            "updater = beside(train, 'torch.optim.SGD')(model.parameters(), lr=0.5)\n"
            "bound = beside(train, 'torch.nn.utils.clip_grad_norm_')\n"
            "right = torch.nn.Linear(3, 2)\nright.load_state_dict({'weight': start, 'bias': torch.zeros(2)})\n"
            "x, y = torch.ones(4, 3), torch.zeros(4, 2)\n"
            "with stand_in(train, clip=lambda model, theta: bound(model.parameters(), theta)):\n"
            "    value = train(model, loss, updater, x, y)\n"
            "expected = torch.nn.MSELoss()(right(x), y)\nexpected.backward()\n"
            "torch.nn.utils.clip_grad_norm_(right.parameters(), 1)\n"
            "torch.optim.SGD(right.parameters(), lr=0.5).step()\n"
            "assert torch.allclose(value, expected)\n"
            "assert torch.allclose(model.weight, right.weight) and not torch.allclose(model.weight, start)\n"
            "assert torch.allclose(model.weight.grad, right.weight.grad)\n"
            "assert torch.allclose(model(x), right(x))",
        ),
        (
            "check",
            "# c\nmade = []\ndef make(n):\n    made.append(n)\n    return torch.full((n, 2), 0.5)\n"
            "model = Model(3, make)\nassert made == [3]\n"
            "assert torch.equal(model(torch.ones(1, 3)), torch.full((1, 2), 1.5))",
        ),
    )
    assert said(execution) == ["ok"] * 4


def test_a_check_seeds_what_the_students_function_draws(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "def draw(n):\n    return torch.normal(0, 1, (n,))"),
        (
            "check",
            "# c\ntorch.manual_seed(5)\nexpected = torch.normal(0, 1, (7,))\ntorch.manual_seed(5)\n"
            "assert torch.equal(draw(3), expected[:3]) or torch.equal(draw(7), expected)\n"
            "torch.manual_seed(5)\nassert torch.equal(draw(7), expected)\nprint(torch.rand(1).item())",
        ),
    )
    assert endings(execution) == ["ok"] * 3


def test_submissions_draw_differently_and_have_one_thread(run: Run) -> None:
    cells = (SETUP, ("", "print(torch.rand(1).item(), torch.get_num_threads())"))
    first, second = (run(*cells).notebook.cells[1].outputs[0].text.split() for _ in range(2))
    assert first[0] != second[0]
    assert first[1] == second[1] == "1"


def test_what_is_no_plain_tensor_stays_in_the_students_process(run: Run) -> None:
    execution = run(
        SETUP,
        ("solution", "def odd():\n    return torch.eye(2).to_sparse()\ndef odd_sum(x):\n    return x.to_dense().sum()"),
        ("check", "# c\nthere = odd()\nassert odd_sum(there) == 2\nassert not isinstance(there, torch.Tensor)"),
        ("check", "# c\nodd_sum(torch.eye(2).to_sparse())"),
    )
    assert endings(execution) == ["ok", "ok", "ok", "error"]
    assert "an object of type Tensor is no data" in execution.runs[-1].message


def test_a_process_that_makes_its_tensors_lie_gains_nothing(run: Run) -> None:
    execution = run(
        SETUP,
        (
            "solution",
            "def double(x):\n    return x\ntorch.equal = torch.allclose = lambda *a, **k: True\n"
            "torch.Tensor.__eq__ = lambda self, other: True\ntorch.Tensor.tolist = lambda self: [2.0]",
        ),
        ("check", "# c\nassert double(torch.ones(1)).tolist() == [2.0]"),
        ("check", "# c\nassert torch.equal(double(torch.ones(1)), torch.full((1,), 2.0))"),
    )
    assert endings(execution) == ["ok", "ok", "error", "error"]
