"""A variable of whatever framework."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

if TYPE_CHECKING:
    from .. import _core

Undo = Callable[[], None]
Slice = Tuple[List[Tuple[int, int]], Any]
"""([(start, length) of each axis], values)."""


@dataclasses.dataclass(eq=False, repr=False)
class Value:
    """A variable of whatever framework."""

    variable: Any
    """The variable itself: two values of one variable are one."""
    full_name: str
    """Its own name, without ``:0``; ``v.path`` in Keras 3."""
    dtype: str
    """TensorFlow's name of its type."""
    shape: Tuple[int, ...]
    read: Callable[[], Any]
    """Its present value as a NumPy array of its own."""
    write: Callable[[Any], None]
    """Takes a new value of its type, and of its shape or one that it ``fits``."""
    fits: Optional[Callable[[Tuple[int, ...]], bool]] = None
    """Says whether it can take a value of a shape; None if only of its own."""
    layout: bool = False
    """True if a kernel of Keras is transposed before it fits: a weight of torch."""
    exchange: Optional[Callable[["_core.Block", Tuple[int, ...]], Undo]] = None
    """Takes the bytes of a new value of its type and of a shape, without a copy where it can, and
    returns what puts the present one back; what raises has changed nothing. None if only
    ``read`` and ``write`` do."""
    slices: Optional[Callable[[], List[Slice]]] = None
    """What it is stored as, if not whole."""
