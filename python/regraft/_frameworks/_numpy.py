"""NumPy arrays, changed in place."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional, Sequence

from .. import _core, _dtypes, _errors
from ._value import Undo, Value

def _fixed(dtype: Any, strings: Any) -> Any:
    """Strings as those of an array in which each has the same room.

    Raises:
        UnmetError: one is longer; NumPy would cut it off.
    """
    import numpy as np

    if dtype.kind == "U":
        strings = np.array([text.decode("utf-8", "surrogateescape") for text in strings.flat],
                           object).reshape(strings.shape)
    room = dtype.itemsize // (4 if dtype.kind == "U" else 1)
    longest = max((len(text) for text in strings.flat), default=0)
    if longest > room:
        raise _errors.unmet(
            "python/cut-off", f"a string of {longest} characters does not fit into an array of "
            f"{dtype}, which has room for {room}", "array.astype(object) has room for any")
    return strings


def is_variable(thing: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(thing, numpy.ndarray)


def value_of(thing: Any) -> Optional[Value]:
    if not is_variable(thing):
        return None

    def write(value: Any) -> None:
        if not thing.flags.writeable:
            raise _errors.invalid("python/read-only", "the array cannot be written to",
                                  "array.copy() makes one that can")
        if thing.dtype.kind in "SU":
            value = _fixed(thing.dtype, value)
        thing[...] = value

    return Value(thing, "", _dtypes.tensorflow_name(thing.dtype), thing.shape, thing.copy, write,
                 exchange=_exchange(thing))


def _exchange(array: Any) -> Optional[Callable[[Any, Sequence[int]], Undo]]:
    """``Value.exchange`` of an array whose elements are in memory as they are in a file; None of
    any other. The bytes of both values change places, so that the present one needs no copy.
    """
    flags = array.flags
    if array.dtype.kind in "OSU" or not array.dtype.isnative or not (
            flags.c_contiguous and flags.writeable):
        return None

    def take(block: Any, shape: Sequence[int]) -> Undo:
        new = block.array

        def swap() -> None:
            if new.size:
                _core.exchange(array.reshape(-1).view("uint8"), new)

        swap()
        return swap

    return take
