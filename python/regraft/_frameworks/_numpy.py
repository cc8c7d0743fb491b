"""NumPy arrays, changed in place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Optional

from .. import _dtypes, _errors

if TYPE_CHECKING:
    from .._objects import Value


def is_variable(thing: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(thing, numpy.ndarray)


def value_of(thing: Any) -> Optional["Value"]:
    if not is_variable(thing):
        return None
    from .._objects import Value

    def write(value: Any) -> None:
        if not thing.flags.writeable:
            raise _errors.invalid("python/read-only", "the array cannot be written to",
                                  "array.copy() makes one that can")
        thing[...] = value

    return Value(thing, "", _dtypes.tensorflow_name(thing.dtype), thing.shape, thing.copy, write)
