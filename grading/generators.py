"""The random generators that both processes share: a check may seed them and let the student's function draw.

`np.random`, and PyTorch's on the CPU where it is imported. Their states travel with calls and answers, in the field
`random` of a frame: by name of the generator, what has changed since the other side has seen it.
"""

import ctypes
from typing import Any

import numpy as np

from grading import tensors
from grading.errors import ProtocolError
from grading.wire import Frame

GENERATOR_WORDS = 624  # the state of the Mersenne Twister, see numpy.random.get_state
MAX_TORCH_BYTES = 10_000  # its state has 5,056

# Kept here, because a notebook may give np.random another meaning.
_get_state, _set_state = np.random.get_state, np.random.set_state
_get_bit_generator = np.random.get_bit_generator  # type: ignore[attr-defined] # missing in NumPy's stubs


class Generators:
    """The states that both sides know."""

    def __init__(self) -> None:
        self._numpy: Any = None
        self._numpy_memory = b""
        self._torch = b""

    def changes(self, buffers: list[Any]) -> dict[str, Any] | None:
        """Return what the other side does not know yet; the words of the states are added to `buffers`."""
        found = {"numpy": self._change_of_numpy(buffers), "torch": self._change_of_torch(buffers)}
        return {name: state for name, state in found.items() if state is not None} or None

    def take(self, frame: Frame) -> None:
        """Set the generators to the states that the other side has sent, if it has.

        Raises:
            ProtocolError: they are no states.
        """
        states = frame.fields.get("random")
        if states is None:
            return
        if not isinstance(states, dict) or not set(states) <= {"numpy", "torch"}:
            raise ProtocolError("The states of the random generators are not as they should be.")
        if "numpy" in states:
            self._take_numpy(states["numpy"], frame)
        if "torch" in states:
            self._take_torch(states["torch"], frame)

    def _change_of_numpy(self, buffers: list[Any]) -> list[Any] | None:
        memory = _numpy_memory()
        if self._numpy is not None and self._numpy_memory == memory and not self._numpy[2]:
            return None  # without a kept normal deviate, all of the state is in the words and the position
        full: Any = _get_state(legacy=True)
        _, words, position, has_gauss, gauss = full
        state = (words.tobytes(), int(position), int(has_gauss), float(gauss))
        self._numpy_memory = memory
        if state == self._numpy:
            return None
        self._numpy = state
        buffers.append(state[0])
        return [len(buffers) - 1, *state[1:]]

    def _take_numpy(self, state: Any, frame: Frame) -> None:
        if not isinstance(state, list) or [type(part) for part in state] != [int, int, int, float]:
            raise ProtocolError("The state of the random generator is not as it should be.")
        buffer, position, has_gauss, gauss = state
        if not 0 <= buffer < len(frame.buffers) or frame.buffers[buffer].nbytes != 4 * GENERATOR_WORDS:
            raise ProtocolError("The state of the random generator has a wrong size.")
        if not 0 <= position <= GENERATOR_WORDS or has_gauss not in (0, 1):
            raise ProtocolError("The state of the random generator is out of bounds.")
        words = np.frombuffer(frame.buffers[buffer], dtype=np.uint32)
        _set_state(("MT19937", words, position, has_gauss, gauss))
        self._numpy, self._numpy_memory = (words.tobytes(), position, has_gauss, gauss), _numpy_memory()

    def _change_of_torch(self, buffers: list[Any]) -> int | None:
        module = tensors.torch()
        if module is None:
            return None
        state = module.get_rng_state().numpy().tobytes()
        if state == self._torch:
            return None
        self._torch = state
        buffers.append(state)
        return len(buffers) - 1

    def _take_torch(self, buffer: Any, frame: Frame) -> None:
        module = tensors.torch()
        if module is None or type(buffer) is not int or not 0 <= buffer < len(frame.buffers):
            raise ProtocolError("The state of PyTorch's generator is not as it should be.")
        state = bytes(frame.buffers[buffer][:MAX_TORCH_BYTES])
        try:
            module.set_rng_state(module.frombuffer(bytearray(state), dtype=module.uint8))
        except (RuntimeError, TypeError, ValueError) as error:  # PyTorch looks at its size and bounds itself
            raise ProtocolError("The state of PyTorch's generator is out of bounds.") from error
        self._torch = state


def reseed(seed: int | None = None) -> None:
    """Start all generators anew; without a seed, each process gets one of its own."""
    np.random.seed(seed)
    module = tensors.torch()
    if module is not None:
        module.seed() if seed is None else module.manual_seed(seed)


def _numpy_memory() -> bytes:
    """Return the words and the position of np.random as they lie in memory: get_state takes 25 us, and this 1 us."""
    address = _get_bit_generator().ctypes.state_address
    return ctypes.string_at(address, 4 * GENERATOR_WORDS + 4)
