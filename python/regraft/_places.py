"""Places that can receive tensors, whatever framework they belong to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Optional, Sequence, Tuple

from . import _core, _dtypes

if TYPE_CHECKING:
    import numpy as np

Array = Any  # A numpy array.
SHOWN = 8
"""So many names are spelled out."""


@dataclasses.dataclass
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
    below_root: Sequence[str] = ()
    """Paths without the part that names the root; compared last."""
    key: str = ""
    full_name: str = ""
    """The variable's own name, without ``:0``."""
    cls: Optional[str] = None
    mapped_from: str = ""
    """The source's name, in any spelling, if the caller says it."""
    identity: Any = None
    """The variable itself: two places of one identity are one."""

    def target(self) -> "_core.Target":
        return _core.Target(self.name, self.dtype, list(self.shape), self.paths, self.below_root,
                            self.key, self.full_name, self.cls, self.mapped_from)

    def typed(self, raw: Array) -> Array:
        """Bytes as an array of this place's type and shape."""
        return raw.view(_dtypes.numpy_dtype(self.dtype)).reshape(self.shape)


class Places:
    """All places of one restore, and what to give back when it is done."""

    def __init__(self, places: Sequence[Place], *,
                 finish: Optional[Callable[[], Any]] = None, into: Any = None,
                 notes: Iterable[str] = ()) -> None:
        self.places = unique_names(places)
        self.notes = list(notes)
        self._finish = finish
        self._into = into

    def targets(self) -> List["_core.Target"]:
        return [place.target() for place in self.places]

    def read_current(self, index: int) -> Array:
        import numpy as np

        return np.ascontiguousarray(self.places[index].read()).reshape(-1).view(np.uint8)

    def commit(self, values: Sequence[Tuple[int, Array]]) -> None:
        """Writes all values, or raises and has put back those that it had written."""
        done: List[Tuple[Place, Array]] = []
        try:
            for index, raw in values:
                place = self.places[index]
                before = place.read()
                place.write(place.typed(raw))
                done.append((place, before))
        except BaseException:
            for place, before in reversed(done):
                place.write(before)
            raise

    def result(self) -> Any:
        return self._finish() if self._finish is not None else self._into


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
