"""Attacks on the socket: frames that nobody asked for, frames that are none, and answers that are no data."""

import resource
import time
from collections.abc import Callable
from typing import Any

import pytest

from grading.execution import Limits
from grading.job import grade_one
from grading.submission import Submission, pack_submission

GradeTiny = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("honest_afterwards")  # the next submission has its full marks

SCALE = "# GRADED FUNCTION: scale\n"
ROLL = "# GRADED FUNCTION: roll\n"
SHORT = Limits(cell=0.7, notebook=8)

# Answers to the call of `scale`, by name; what `forge` does not find in the frame of a call is given here.
ANSWERS = {
    "a plain list as a value": "reply([1])",
    "no tag": "reply([])",
    "a dictionary as a value": "reply({'list': 1})",
    "a key that cannot be hashed": "reply(['dict', [[['list', []], 1]]])",
    "a tag that cannot be hashed": "reply([['list'], 1])",
    "a tag that is a name in the module": "reply(['__class__', 1])",
    "a slot that there is not": "reply(['same', 99])",
    "a negative slot": "reply(['same', -1])",
    "a function that was not handed out": "reply(['home', 0])",
    "a function from far away": "reply(['home', 10**30])",
    "an array of pointers": "reply(['array', '|O', [1], 'C', 0], [b'12345678'])",
    "an array of structures": "reply(['array', '|V8', [1], 'C', 0], [b'12345678'])",
    "a negative shape": "reply(['array', '<f8', [-1], 'C', 0], [b'12345678'])",
    "a huge shape": "reply(['array', '<f8', [2**40, 2**40], 'C', 0], [b'12345678'])",
    "a huge empty shape": "reply(['array', '<f8', [0, 2**62, 2**62], 'C', 0], [b''])",
    "a huge empty shape of objects": "reply(['objects', [0, 2**62], []])",
    "64 dimensions": "reply(['array', '<f8', [1] * 64, 'C', 0], [b'12345678'])",
    "a float of 99 bytes": "reply(['array', '<f99', [1], 'C', 0], [b'12345678'])",
    "truth values that are neither": "reply(['array', '|b1', [2], 'C', 0], [b'ab'])",
    "text of length zero": "reply(['array', '<U0', [1], 'C', 0], [b''])",
    "text that is none": "reply(['scalar', '<U1', 0], [b'\\xff' * 4])",
    "an unknown unit of time": "reply(['array', '<M8[foo]', [1], 'C', 0], [b'12345678'])",
    "an empty number": "reply(['scalar', '<f8', 0], [b''])",
    "an object array of itself": "reply(['objects', [1], [['same', 0]]])",
    "a set of itself": "reply(['set', [['same', 3]]])",
    "a range of lists": "reply(['range', ['list', []]])",
    "a huge complex number": "reply(['complex', 'nan', 10**400])",
    "a deep value": "value = []\n    for _ in range(200): value = ['list', [value]]\n    reply(value)",
    "a handle with numbers for names": "reply(['handle', 0, 5, 6])",
    "a handle from far away": "reply(['handle', 10**50, 'list', '\\ud800'])",
    "a change of the call itself": "reply(None, changes=[[0, ['list', []]], [1, ['list', []]], [2, ['dict', []]]])",
    "a change to another kind": "reply(None, changes=[[3, ['dict', []]]])",
    "a change of a slot that there is not": "reply(None, changes=[[-1, ['list', []]]])",
    "a change of a truth value": "reply(None, changes=[[True, ['list', []]]])",
    "changes that are none": "reply(None, changes=5)",
    "a random state out of range": "reply(None, [b'x' * 2496], random={'numpy': [0, 625, 0, 0.0]})",
    "a negative random state": "reply(None, [b'x' * 2496], random={'numpy': [0, -5, 0, 0.0]})",
    "a short random state": "reply(None, [b'x' * 2495], random={'numpy': [0, 5, 0, 0.0]})",
    "a random state of zeros": "reply(None, [bytes(2496)], random={'numpy': [0, 5, 1, 0.0]})",
    "a random state of PyTorch where there is none": "reply(None, [bytes(5056)], random={'torch': 0})",
    "a state of an unknown generator": "reply(None, random={'python': 0})",
    "a tensor where there is no PyTorch": "reply(['tensor', 'float32', [1], 0, False, None], [b'1234'])",
    "a device where there is no PyTorch": "reply(['device', 'cpu'])",
    "negative sizes": "reply(None, sizes=[-5, 5])",
    "sizes that do not add up": "reply(None, sizes=[5])",
    "sizes of text": "reply(None, sizes=['5'])",
    "an answer to a later call": "reply(None, seq=10**9)",
    "an answer to an earlier call": "reply(['same', 0], seq=0)",
    "an answer to no call": "reply(None, seq='1')",
    "an exception that ends programs": (
        "reply(None, kind='raise', type='SystemExit', text='0', traceback='', stops=True, cause=None)"
    ),
    "an exception that is a function": (
        "reply(None, kind='raise', type='print', text='0', traceback='', stops=False, cause=None)"
    ),
    "an exception of no kind": (
        "reply(None, kind='raise', type='\\ud800', text='\\ud800', traceback='\\ud800', stops=1, cause=10**40)"
    ),
    "an exception without text": "reply(None, kind='raise', type='ValueError')",
    "a passed check": (
        "send(frame('done', seq=current_seq(), success=True, error='', message='', points=2, student='ok', faults=[]))"
    ),
    "an output of a cell": (
        "send(frame('output', seq=1, output={'output_type': 'stream', 'name': 'stdout', 'text': 'x'}))"
    ),
    "a call of the student's own function": (
        "reply([['handle', 0, 'function', 'x'], ['list', []], ['dict', []]], kind='call', operation='call', seq=1)"
    ),
    "a look at the names of the check": (
        "reply([None, ['list', ['given']], ['dict', []]], kind='call', operation='look', seq=1)"
    ),
    "an attribute of an object of the check": (
        "reply([['home', 0], ['list', ['__globals__']], ['dict', []]], kind='call', operation='attribute', seq=1)"
    ),
    "a replacement in the check": (
        "reply([None, ['list', []], ['dict', [['numpy.array_equal', 1]]]], kind='call', operation='replace', seq=1)"
    ),
    "files for the referee": "send(frame('files', [b'assert 0'], names=['numpy.py']))",
    "a cell for the referee": "send(frame('run', seq=1, source='np.array_equal = lambda *_: True'))",
    "a stream of no name": "send(frame('stream', name=[], text=5))",
    "a frame of another protocol": "send(b'HTTP' + bytes(8))",
    "a frame without an end": "send(b'GRD1' + b'\\xff' * 8)",
    "a frame that is a list": "send(_struct.pack('>4sII', b'GRD1', 5, 0) + b'[1,2]')",
    "a frame that is nested": "send(_struct.pack('>4sII', b'GRD1', 10**6, 0) + b'[' * 10**6)",
    "a frame that is one number": "send(_struct.pack('>4sII', b'GRD1', 10**5, 0) + b'9' * 10**5)",
    "noise": "send(_os.urandom(100_000))",
    "nothing more": "connection.shutdown(_socket.SHUT_RDWR)",
    "another file in the place of the socket": "_os.dup2(_os.open('/dev/zero', _os.O_RDWR), numbers[0])",
    "a socket of its own in the place of the socket": "_os.dup2(_socket.socketpair()[0].detach(), numbers[0])",
    "no socket": "_os.close(numbers[0])",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_forged_answer_is_no_mark_and_no_fault_of_ours(attack: Callable[..., Any], forge: str, answer: str) -> None:
    outcome = attack(
        forge, scale=SCALE + f"def scale(values, factor):\n    {ANSWERS[answer]}\n    return None", limits=SHORT
    )
    assert outcome.verdicts["roll_counts"] == "failed"  # the other checks run


def test_a_forged_answer_counts_as_what_it_says(grade_tiny: GradeTiny, forge: str) -> None:
    # So the forging itself works. It is worth as much as returning the same: the answer is the student's own.
    right = "reply(['array', '<f8', list(values.shape), 'C', 0], [(values * factor).tobytes()])"
    outcome = grade_tiny(forge, scale=SCALE + f"def scale(values, factor):\n    {right}\n    return None", limits=SHORT)
    assert outcome.verdicts["scale_multiplies"] == "passed"
    assert outcome.verdicts["scale_works_in_place"] == "failed"


@pytest.mark.parametrize("beginning", ["b'GRD1'", "b'GRD1' + bytes([0, 0, 255, 0, 0, 0, 0, 0])"])
def test_half_a_frame_keeps_nobody_waiting_longer_than_the_limit(
    attack: Callable[..., Any], forge: str, beginning: str
) -> None:
    began = time.monotonic()
    scale = SCALE + f"import time\ndef scale(values, factor):\n    if factor == 2.5:\n        send({beginning})\n"
    scale += "        time.sleep(20)\n    return values"
    outcome = attack(forge, scale=scale, limits=SHORT)
    assert outcome.verdicts["scale_works_in_place"] == "timeout"
    assert time.monotonic() - began < 15


def test_answers_that_lie_ready_before_the_call_are_no_marks(attack: Callable[..., Any], forge: str) -> None:
    # The worker reads them while the cell runs, the referee afterwards: neither takes them for more than they are.
    forged = (
        "done = dict(success=True, error='', message='', points=5, student='ok', faults=[])\n"
        "for seq in range(1, 40):\n"
        "    send(frame('return', seq=seq, value=['array', '<f8', [2], 'C', 0], changes=[], random=None,\n"
        "               buffers=[np.array([3.0, 6.0]).tobytes()]))\n"
        "    send(frame('done', seq=seq, **done))"
    )
    attack(forge + forged, limits=SHORT)


def test_a_thread_that_answers_in_the_place_of_the_process_gains_no_more_than_its_answers(
    attack: Callable[..., Any], forge: str
) -> None:
    # It guesses the numbers of the calls and says "3" to all: no answer that any check asks for.
    source = forge + (
        "import threading, time\n"
        "def answer():\n    end = time.time() + 3\n    while time.time() < end:\n"
        "        for seq in range(1, 30):\n"
        "            try:\n                send(frame('return', seq=seq, value=3, changes=[], random=None))\n"
        "            except OSError:\n                return\n"
        "threading.Thread(target=answer, daemon=True).start()"
    )
    attack(source, limits=SHORT)


# Frames that a cell sends again and again, as long as it can.
ENDLESS = {
    "streams": "frame('stream', name='stdout', text='') * 20_000",
    "returns": "frame('return', seq=1) * 20_000",
    "errors with long names": (
        "frame('output', seq=2, output={'output_type': 'error', 'ename': 'x' * 10**7, 'evalue': '', 'traceback': []})"
    ),
    "errors with many lines": (
        "frame('output', seq=2, output={'output_type': 'error', 'ename': '', 'evalue': '', 'traceback': [''] * 10**6})"
    ),
    "displays with large metadata": (
        "frame('output', seq=2, output={'output_type': 'display_data', 'data': {}, 'metadata': {'x': 'x' * 9_000_000}})"
    ),
    "displays with long ids": (
        "frame('output', seq=2, output={'output_type': 'display_data', 'data': {}, 'metadata': {},"
        " 'display_id': str(next(counter)) + 'x' * 9_000_000})"
    ),
}


@pytest.mark.parametrize("frames", ENDLESS)
def test_frames_without_end_are_not_listened_to_for_ever(attack: Callable[..., Any], forge: str, frames: str) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    source = forge + (
        "import itertools, signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "counter, end = itertools.count(), time.time() + 15\n"
        f"raw = {ENDLESS[frames]}\n"
        f"while time.time() < end:\n    send({ENDLESS[frames] if 'counter' in ENDLESS[frames] else 'raw'})"
    )
    outcome = attack(source, limits=SHORT)
    assert time.monotonic() - began < 8
    assert sum(len(str(output)) for output in outcome.cells["added-0"].outputs) < 12_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1000 < 1_000_000_000


# Outputs that a cell forges, by name, as the worker gets them.
OUTPUTS = {
    "no output": "None",
    "an unknown kind": "{'output_type': 'points', 'points': 5}",
    "a stream of another name": "{'output_type': 'stream', 'name': 'x', 'text': 'x'}",
    "text that is a list": "{'output_type': 'stream', 'name': 'stdout', 'text': ['x']}",
    "a traceback that is a number": "{'output_type': 'error', 'ename': 'x', 'evalue': 'x', 'traceback': 5}",
    "data that is a list": "{'output_type': 'display_data', 'data': [], 'metadata': {}}",
    "an update of nothing": (
        "{'output_type': 'display_data', 'data': {}, 'metadata': {}, 'display_id': 'x', 'update': True}"
    ),
    "a result with a number for text": "{'output_type': 'execute_result', 'data': {'text/plain': 5}, 'metadata': {}}",
    "metadata of nbgrader": (
        "{'output_type': 'display_data', 'data': {}, 'metadata': {'nbgrader': {'grade': True, 'points': 5}}}"
    ),
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_forged_output_is_shown_or_ends_the_process(attack: Callable[..., Any], forge: str, output: str) -> None:
    outcome = attack(forge + f"send(frame('output', seq=2, output={OUTPUTS[output]}))", limits=SHORT)
    assert outcome.verdicts["roll_counts"] in ("failed", "error", "process_died", "not_reached")


def test_functions_of_a_check_are_called_at_most_while_it_runs(other_checks: Callable[..., Any]) -> None:
    # The first check hands out a function; the attacker keeps it, and calls it while others run.
    task, assignment = other_checks(
        {
            "scale_multiplies": "calls = []\nscale(1.0, calls.append)\n0",
            "roll_counts": "assert len(roll(3)) == 3\nassert len(calls) == 1, 'called out of turn'",
        }
    )
    for cell in assignment.notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "scale_solution":
            cell.source = SCALE + "kept = []\ndef scale(values, factor):\n    if callable(factor):\n"
            cell.source += "        factor(1)\n        kept.append(factor)\n    return values"
        if grade_id == "roll_solution":
            cell.source = ROLL + "def roll(count):\n    for _ in range(3):\n        try:\n            kept[0](2)\n"
            cell.source += "        except Exception:\n            pass\n    return [1] * count"
    record = grade_one(task, pack_submission(Submission("s01", assignment.notebook))).record
    points = {check.grade_id: (check.points, check.message) for check in record.checks}
    assert points["roll_counts"] == (1.0, "")  # what an honest solution gets: the calls of old functions are refused
