"""TensorFlow's ShardedVariable: one variable in several parts, as parameter servers hold it."""

from __future__ import annotations

from typing import Any, List, Optional

from ._value import Slice, Value


def is_variable(thing: Any) -> bool:
    return any(cls.__name__ == "ShardedVariableMixin" for cls in type(thing).__mro__)


def value_of(thing: Any) -> Optional[Value]:
    if not is_variable(thing):
        return None

    def read() -> Any:
        import numpy as np

        return np.concatenate([part.numpy() for part in thing.variables])

    def write(array: Any) -> None:
        before = [part.numpy() for part in thing.variables]
        try:
            _assign(thing, [array[first:end] for first, end in _rows(thing)])
        except BaseException:
            _assign(thing, before)
            raise

    def slices() -> List[Slice]:
        rest = [(0, length) for length in thing.shape[1:]]
        return [([(first, end - first), *rest], part.numpy())
                for (first, end), part in zip(_rows(thing), thing.variables)]

    name = thing.name.rsplit(":", 1)[0]
    return Value(thing, name, thing.dtype.base_dtype.name, tuple(thing.shape), read, write,
                 slices=slices)


def _rows(thing: Any) -> List[Any]:
    """(first, end) of each part; they are cut along the first axis."""
    out, at = [], 0
    for part in thing.variables:
        out.append((at, at + int(part.shape[0])))
        at = out[-1][1]
    return out


def _assign(thing: Any, values: List[Any]) -> None:
    for part, value in zip(thing.variables, values):
        part.assign(value)
