"""What to read of a tensor for an index, and how to index what was read."""

from __future__ import annotations

import math
import operator
from typing import Any, List, NamedTuple, Sequence, Tuple

from . import _errors

Range = Tuple[int, int]
"""(start, length) along an axis."""

GAP_BYTES = 1 << 16
"""Rows between those that are asked for are read too if they are no more bytes than this: it
costs less than another call."""

_KINDS = ("an index has integers, slices, ..., None, and arrays or lists of integers or of "
          "booleans")


class BadIndexError(_errors.InvalidArgumentError, IndexError):
    """An index does not fit the shape of its tensor."""


class Selection(NamedTuple):
    """Boxes of a tensor that follow each other along the first axis and are alike along the
    others, and the index into all of them joined that gives what was asked for.
    """

    boxes: List[List[Range]]
    within: Tuple[Any, ...]

    @property
    def shape(self) -> Tuple[int, ...]:
        """The shape of the boxes joined."""
        first = self.boxes[0]
        if not first:
            return ()
        return (sum(box[0][1] for box in self.boxes), *(length for _, length in first[1:]))


class _Span(NamedTuple):
    """What is read along one axis, ascending, and the index into that."""

    runs: List[Range]
    within: Any


def select(index: Any, shape: Sequence[int], item_bytes: int) -> Selection:
    """What to read of a tensor of this shape so that `index` can be applied as NumPy would.

    That is the smallest box that holds it; along the first axis several, where more than
    GAP_BYTES lie between what is asked for.

    Raises:
        BadIndexError: where NumPy raises IndexError.
    """
    items = _items(index, shape)
    wanted: List[Any] = [slice(None)] * len(shape)
    for item, axis, axes in items:
        if axes and item is not Ellipsis:
            wanted[axis] = item
    gap = GAP_BYTES // max(item_bytes * math.prod(shape[1:]), 1)
    spans = [_along(item, axis, shape, shape[axis] if axis else gap)
             for axis, item in enumerate(wanted)]
    within = tuple(spans[axis].within if axes and item is not Ellipsis else item
                   for item, axis, axes in items)
    if not spans:
        return Selection([[]], within)
    rest = [span.runs[0] for span in spans[1:]]
    return Selection([[run, *rest] for run in spans[0].runs], within)


def _items(index: Any, shape: Sequence[int]) -> List[Tuple[Any, int, int]]:
    """Each item of an index with the axis where it begins and the number of axes it takes; a
    mask of several axes has become an array of indices for each, which means the same.
    """
    read = [_item(item, shape) for item in (index if isinstance(index, tuple) else (index,))]
    dots = sum(item is Ellipsis for item, _ in read)
    taken = sum(axes for _, axes in read)
    if dots > 1:
        raise _bad("an index can have only one ...", shape)
    if taken > len(shape):
        raise _bad(f"there are {taken} indices for {len(shape)} axes", shape)
    out: List[Tuple[Any, int, int]] = []
    axis = 0
    for item, axes in read:
        if item is Ellipsis:
            axes = len(shape) - taken
        if getattr(item, "dtype", None) == bool and axes:
            if item.shape != tuple(shape[axis:axis + axes]):
                raise _bad(f"a mask of the shape {item.shape} does not fit, from axis {axis} on",
                           shape)
            out += [(where, axis + i, 1) for i, where in enumerate(item.nonzero())]
        else:
            out.append((item, axis, axes))
        axis += axes
    return out


def _item(item: Any, shape: Sequence[int]) -> Tuple[Any, int]:
    """An item of an index in its plainest form, and how many axes it takes; 0 for an ellipsis."""
    import numpy as np

    if item is None or item is Ellipsis:
        return item, 0
    if isinstance(item, slice):
        return item, 1
    if isinstance(item, (bool, np.bool_)):
        return np.bool_(item), 0
    if isinstance(item, np.integer) or (
            hasattr(item, "__index__") and not hasattr(item, "__array__")):
        return operator.index(item), 1
    array = np.asarray(item)
    if array.size == 0 and not hasattr(item, "dtype"):
        array = array.astype(np.intp)  # NumPy takes an empty list for one of integers.
    if array.dtype == bool:
        return array, array.ndim
    if array.dtype.kind not in "iu":
        raise _bad(f"{_text_of(item)} is no index", shape, _KINDS)
    return (array.astype(np.intp), 1) if array.ndim else (int(array), 1)


def _along(item: Any, axis: int, shape: Sequence[int], gap: int) -> _Span:
    """What to read along an axis, in runs that are more than `gap` apart."""
    import numpy as np

    size = shape[axis]
    if isinstance(item, slice):
        return _along_slice(range(*item.indices(size)), gap)
    if isinstance(item, int):
        return _Span([(_from_start(item, item, axis, shape), 1)], 0)
    if item.size == 0:
        return _Span([(0, 0)], item)
    low, high = int(item.min()), int(item.max())
    for end in (low, high):
        _from_start(end, end, axis, shape)
    places = np.where(item < 0, item + size, item)
    rows = np.unique(places)
    breaks = np.flatnonzero(np.diff(rows) - 1 > gap)
    firsts, lasts = rows[[0, *(breaks + 1)]], rows[[*breaks, -1]]
    lengths = lasts - firsts + 1
    run = np.searchsorted(firsts, places, side="right") - 1
    before = np.cumsum(lengths) - lengths
    return _Span(list(zip(firsts.tolist(), lengths.tolist())), places - firsts[run] + before[run])


def _along_slice(rows: range, gap: int) -> _Span:
    if not rows:
        return _Span([(0, 0)], slice(0, 0))
    upward = rows if rows.step > 0 else rows[::-1]
    if len(rows) > 1 and upward.step - 1 > gap:
        return _Span([(row, 1) for row in upward], slice(None, None, 1 if rows.step > 0 else -1))
    return _Span([(upward[0], upward[-1] - upward[0] + 1)], slice(None, None, rows.step))


def _from_start(index: int, asked: int, axis: int, shape: Sequence[int]) -> int:
    size = shape[axis]
    if not -size <= index < size:
        raise _bad(f"index {asked} is out of bounds for axis {axis}, which has {size} elements",
                   shape)
    return index % size


def _text_of(item: Any) -> str:
    text = repr(item)
    return text if len(text) <= 40 else f"a {type(item).__name__}"


def _bad(message: str, shape: Sequence[int], hint: str = "") -> BadIndexError:
    made = _errors.invalid("python/index", message, hint, [("shape", str(tuple(shape)))])
    error = BadIndexError(made.text)
    error.__dict__.update(made.__dict__)
    return error
