"""Values as data: what may cross between the process of a student and the referee, and in which form.

Numbers, text, None, and lists of them are their own JSON. All else is a list that begins with a tag::

    ["list", [...]]  ["tuple", [...]]  ["dict", [[key, value], ...]]  ["set", [...]]  ["frozenset", [...]]
    ["array", dtype, shape, order, buffer]  ["objects", shape, [...]]  ["scalar", dtype, buffer]
    ["tensor", dtype, shape, buffer, requires_grad, grad]  ["device", text]  ["dtype", name]    see `tensors`
    ["bytes", buffer]  ["bytearray", buffer]  ["complex", re, im]  ["range", ...]  ["slice", ...]  ["ellipsis"]
    ["same", slot]    the container or array that was the slot-th of this message, so aliases stay aliases
    ["handle", n, type, name]    an object of the sender's that is no data: a function, say
    ["home", n]    an object of the receiver's, of which the sender has the handle only

Lists, dictionaries, sets, arrays and tensors can be changed by a call. Both sides number them in the order in which
they meet them (their slots), so that changes can be sent back and applied in place. Subclasses of the built-in
containers arrive as those. Nothing is ever pickled, and reading a value runs no code but this module and the
constructors of NumPy and PyTorch.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from grading import tensors
from grading.errors import ProtocolError

Buffer = bytes | memoryview

MAX_DIMENSIONS = 32  # NumPy 1's own limit
DTYPE = re.compile(r"[<>|=](?:[biufc]\d{1,2}|[SU]\d{1,6}|[mM]8\[\d{0,6}[A-Za-z]{1,2}\])")
SEQUENCES: tuple[Any, ...] = (list, tuple, set, frozenset)
MUTABLE = (list, dict, set, bytearray, np.ndarray)
PLAIN = (type(None), bool, int, float, str)


class CannotCrossError(TypeError):
    """A value is no data, so it cannot be handed to the other process."""


class Encoder:
    """Writes the values of one message. `slots` are the changeable objects that it has met, in order."""

    def __init__(self, export: Callable[[Any], list[Any]], slots: Sequence[Any] = ()) -> None:
        self._export = export  # writes an object that is no data, or raises CannotCrossError
        self.slots = list(slots)
        self.buffers: list[Buffer] = []
        self._numbers = {id(value): number for number, value in enumerate(self.slots)}

    def encode(self, value: Any) -> Any:
        """Return the JSON form of a value.

        Raises:
            CannotCrossError: it is no data.
        """
        if type(value) in PLAIN:
            return value
        if (number := self._numbers.get(id(value))) is not None:
            return ["same", number]
        if isinstance(value, MUTABLE) or tensors.is_tensor(value):
            self._numbers[id(value)] = len(self.slots)
            self.slots.append(value)  # keeps it alive, too: its id stays its own
        return self.encode_content(value)

    def encode_change(self, value: Any) -> Any:
        """Return the JSON form of a container or array that has a slot already, with all that it holds now."""
        self.slots.append(value)  # it is read as a value of its own, and that one gets a slot, too
        return self.encode_content(value)

    def encode_content(self, value: Any) -> Any:
        """Return the JSON form of a container or array."""
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, dict):
            return ["dict", [[self.encode(key), self.encode(entry)] for key, entry in dict.items(value)]]
        for kind in SEQUENCES:
            if isinstance(value, kind):
                return [kind.__name__, [self.encode(entry) for entry in kind.__iter__(value)]]
        return self._tensor(value) if tensors.is_tensor(value) else self._rare(value)

    def _array(self, array: NDArray[Any]) -> Any:
        if array.dtype == object:
            return ["objects", list(array.shape), [self.encode(entry) for entry in array.ravel().tolist()]]
        if not DTYPE.fullmatch(array.dtype.str):
            raise CannotCrossError(f"an array of the dtype {array.dtype} cannot be handed over")
        # The order in memory stays: sums run along it, and their last digits depend on it.
        order: Literal["C", "F"] = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        data = array.tobytes(order=order)
        return ["array", array.dtype.str, list(array.shape), order, self._buffer(data)]

    def _scalar(self, value: np.generic) -> Any:
        if not DTYPE.fullmatch(value.dtype.str):
            raise CannotCrossError(f"a number of the dtype {value.dtype} cannot be handed over")
        return ["scalar", value.dtype.str, self._buffer(value.tobytes())]

    def _tensor(self, value: Any) -> Any:
        dtype, shape, data, requires_grad, grad = tensors.content(value)
        return ["tensor", dtype, shape, self._buffer(data), requires_grad, self.encode(grad)]

    def _rare(self, value: Any) -> Any:
        if isinstance(value, bool | int | float | str):  # subclasses of them, such as an IntEnum
            base = next(kind for kind in (int, float, str) if isinstance(value, kind))
            return base.__str__(value) if base is str else base(value)
        if isinstance(value, complex):
            return ["complex", value.real, value.imag]
        if isinstance(value, bytes | bytearray):
            return ["bytearray" if isinstance(value, bytearray) else "bytes", self._buffer(bytes(value))]
        if isinstance(value, range | slice):
            parts = [self.encode(part) for part in (value.start, value.stop, value.step)]
            return [type(value).__name__, *parts]
        if value is Ellipsis:
            return ["ellipsis"]
        return tensors.constant(value) if tensors.is_device_or_dtype(value) else self._export(value)

    def _buffer(self, data: Buffer) -> int:
        self.buffers.append(data)
        return len(self.buffers) - 1


class Decoder:
    """Reads the values of one message. `slots` are the changeable objects that it has made, in order."""

    def __init__(
        self,
        buffers: Sequence[memoryview],
        foreign: Callable[[int, str, str], Any],
        home: Callable[[int], Any],
        slots: Sequence[Any] = (),
    ) -> None:
        self._buffers = buffers
        self._foreign = foreign  # makes what stands here for an object of the other side's
        self._home = home  # finds an object of our own again
        self.slots = list(slots)

    def decode(self, tree: Any) -> Any:
        """Return the value that a JSON form means.

        Raises:
            ProtocolError: it is not one of the forms above.
        """
        try:
            return self._decode(tree)
        except ProtocolError:
            raise
        except (
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            OverflowError,
            MemoryError,
            RuntimeError,  # what PyTorch says of gradients that do not fit
            SystemError,  # what CPython says of text that is none: code points from 0x110000 on
        ) as error:
            raise ProtocolError(f"A value is not as it should be ({type(error).__name__}).") from error

    def _decode(self, tree: Any) -> Any:
        if type(tree) in PLAIN:
            return tree
        tag, *parts = tree
        reader = _READERS.get(tag)
        if reader is None:
            raise ProtocolError("A value has an unknown tag.")
        return reader(self, *parts)

    def _list(self, entries: list[Any]) -> list[Any]:
        value: list[Any] = []
        self.slots.append(value)  # before its entries, which may contain it
        value.extend(self._decode(entry) for entry in entries)
        return value

    def _dict(self, entries: list[Any]) -> dict[Any, Any]:
        value: dict[Any, Any] = {}
        self.slots.append(value)
        for key, entry in entries:
            value[self._decode(key)] = self._decode(entry)
        return value

    def _set(self, entries: list[Any]) -> set[Any]:
        value: set[Any] = set()
        self.slots.append(value)
        value.update(self._decode(entry) for entry in entries)
        return value

    def _tuple(self, entries: list[Any]) -> tuple[Any, ...]:
        return tuple(self._decode(entry) for entry in entries)

    def _frozenset(self, entries: list[Any]) -> frozenset[Any]:
        return frozenset(self._decode(entry) for entry in entries)

    def _array(self, dtype: str, shape: list[int], order: str, buffer: int) -> NDArray[Any]:
        if order not in ("C", "F"):
            raise ProtocolError("An array has an unknown order.")
        flat = np.frombuffer(self._data(buffer), dtype=_dtype(dtype))
        array = flat.reshape(_shape(shape), order="F" if order == "F" else "C").copy(order="K")
        self.slots.append(array)
        return array

    def _objects(self, shape: list[int], entries: list[Any]) -> NDArray[Any]:
        array = np.empty(_shape(shape, len(entries)), dtype=object)
        self.slots.append(array)
        for position, entry in enumerate(entries):
            array.flat[position] = self._decode(entry)
        return array

    def _tensor(self, dtype: str, shape: list[int], buffer: int, requires_grad: bool, grad: Any) -> Any:
        tensor = tensors.make(dtype, _shape(shape), self._data(buffer), requires_grad)
        self.slots.append(tensor)
        tensor.grad = self._decode(grad)
        return tensor

    def _scalar(self, dtype: str, buffer: int) -> np.generic:
        (value,) = np.frombuffer(self._data(buffer), dtype=_dtype(dtype))
        return value  # type: ignore[no-any-return]

    def _bytes(self, buffer: int) -> bytes:
        return bytes(self._data(buffer))

    def _bytearray(self, buffer: int) -> bytearray:
        value = bytearray(self._data(buffer))
        self.slots.append(value)
        return value

    def _complex(self, real: float, imaginary: float) -> complex:
        return complex(float(real), float(imaginary))

    def _range(self, *parts: int) -> range:
        return range(*parts)

    def _slice(self, start: Any, stop: Any, step: Any) -> slice:
        return slice(self._decode(start), self._decode(stop), self._decode(step))

    def _ellipsis(self) -> Any:
        return ...

    def _same(self, slot: int) -> Any:
        return self.slots[_index(slot)]

    def _handle(self, number: int, kind: str, name: str) -> Any:
        if not isinstance(kind, str) or not isinstance(name, str):
            raise ProtocolError("A handle should have a type and a name.")
        return self._foreign(_index(number), kind, name)

    def _home_again(self, number: int) -> Any:
        return self._home(_index(number))

    def _data(self, buffer: int) -> memoryview:
        return self._buffers[_index(buffer)]


_READERS: dict[str, Callable[..., Any]] = {
    "list": Decoder._list,
    "tuple": Decoder._tuple,
    "dict": Decoder._dict,
    "set": Decoder._set,
    "frozenset": Decoder._frozenset,
    "array": Decoder._array,
    "objects": Decoder._objects,
    "tensor": Decoder._tensor,
    "device": lambda decoder, text: tensors.device(text),
    "dtype": lambda decoder, name: tensors.dtype(name),
    "scalar": Decoder._scalar,
    "bytes": Decoder._bytes,
    "bytearray": Decoder._bytearray,
    "complex": Decoder._complex,
    "range": Decoder._range,
    "slice": Decoder._slice,
    "ellipsis": Decoder._ellipsis,
    "same": Decoder._same,
    "handle": Decoder._handle,
    "home": Decoder._home_again,
}


def _index(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ProtocolError("A position should be a whole number from 0 on.")
    return number


def _dtype(text: Any) -> np.dtype[Any]:
    if not isinstance(text, str) or not DTYPE.fullmatch(text):
        raise ProtocolError("An array has a dtype that is no data.")
    return np.dtype(text)


def _shape(shape: Any, size: int | None = None) -> tuple[int, ...]:
    if len(shape) > MAX_DIMENSIONS:
        raise ProtocolError("An array has too many dimensions.")
    sizes = tuple(_index(length) for length in shape)
    product = 1
    for length in sizes:
        product *= length
    if size is not None and product != size:
        raise ProtocolError("An array does not hold as many objects as its shape says.")
    return sizes
