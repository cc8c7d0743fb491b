"""A place that can receive a tensor, whatever framework it belongs to."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

from . import _core, _dtypes
from ._frameworks._value import Undo
from ._held import Held

Array = Any  # A numpy array.
SHOWN = 8
"""So many names are spelled out."""


@dataclasses.dataclass(eq=False, repr=False)
class Place:
    """One variable of a live object, and every name it answers to (docs/names.md)."""

    name: str
    """Unique among the places of a restore; what reports print."""
    dtype: str
    """TensorFlow's name of its type."""
    shape: Tuple[int, ...]
    read: Callable[[], Array]
    """Its present value, as a numpy array."""
    write: Callable[[Array], None]
    """Takes a new value of exactly its shape and type. What raises has changed nothing."""
    paths: Sequence[str] = ()
    """Edge paths from the object that is restored."""
    root: str = "absent"
    """"first" if the first part of the paths names the root, as in Checkpoint(model=m)."""
    path_kinds: Sequence[str] = ()
    name_kinds: str = ""
    """Of what kind each part of a path or the name is, in letters (``_identity``); empty: by
    the library's tables."""
    trained: Sequence[str] = ()
    """Where optimizers list it, which is no way to it: the number is not a name."""
    slot: str = ""
    slot_of: Any = None
    """The variable that the slot of an optimizer belongs to; None if it is not known."""
    optimizer: str = ""
    key: str = ""
    full_name: str = ""
    """The variable's own name, without ``:0``."""
    cls: Optional[str] = None
    mapped_from: str = ""
    """The source's name, in any spelling, if the caller says it."""
    identity: Any = None
    """The variable itself: two places of one identity are one."""
    fits: Optional[Callable[[Tuple[int, ...]], bool]] = None
    """Says whether it can take a value of another shape; None if it cannot."""
    layout: bool = False
    """True if a kernel of Keras is transposed before it fits: a weight of torch."""
    adopt: Optional[Callable[["_core.Block", Tuple[int, ...]], Undo]] = None
    """Takes the bytes themselves (``Value.exchange``); None if only ``read`` and ``write`` do."""
    held: Optional[Held] = None
    """The object of whose state this is a part, and no variable: it takes that itself."""
    held_name: str = ""
    """The part, as the object calls it."""

    def target(self, names: Mapping[int, str]) -> Tuple[object, ...]:
        """The same for the library; ``names`` are those of all places, by ``id`` of variable."""
        return (self.name, self.dtype, self.shape, [*self.paths, *self.trained], self.root,
                self.key, self.full_name, self.cls, self.mapped_from, self.name_kinds,
                [*self.path_kinds, *("" for _ in self.trained)], self.slot,
                names.get(id(self.slot_of), ""), self.optimizer, self.held is not None)

    @property
    def ways(self) -> Sequence[str]:
        """Edge paths to it, or to the object of whose state it is a part."""
        return self.paths if self.held is None else self.held.ways

    def exchange(self, new: Any) -> Undo:
        """Takes a new value, a ``_core.Block`` or a list of ``bytes`` for strings. Returns what
        puts the present one back. What raises has changed nothing.
        """
        if self.adopt is not None and not isinstance(new, list):
            return self.adopt(new, tuple(self.shape))
        before = self.read()
        self.write(self.typed(new if isinstance(new, list) else new.array))
        return lambda: self.write(before)

    def typed(self, raw: Array) -> Array:
        """Bytes, or a list of strings, as an array of this place's type and shape."""
        if isinstance(raw, list):
            import numpy as np

            strings = np.empty(len(raw), object)
            strings[:] = raw
            return strings.reshape(self.shape)
        return raw.view(_dtypes.numpy_dtype(self.dtype)).reshape(self.shape)


def targets_of(places: Sequence[Place]) -> "_core.Targets":
    """The places for the library."""
    names = {id(place.identity): place.name for place in places}
    return _core.Targets([place.target(names) for place in places])


def unique_names(places: Sequence[Place]) -> List[Place]:
    """The places under names that differ: where two are alike, the full name, then a number."""
    taken = set()
    for place in places:
        name = place.name or place.full_name or "variable"
        if name in taken and place.full_name:
            name = place.full_name
        number, stem = 1, name
        while name in taken:
            name, number = f"{stem}/{number}", number + 1
        taken.add(name)
        place.name = name
    return list(places)


def first_of(names: Sequence[str]) -> str:
    """``a, b and 3 more``."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
