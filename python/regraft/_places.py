"""Places that can receive tensors, whatever framework they belong to."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from . import _core, _dtypes

if TYPE_CHECKING:
    import numpy as np

    from ._states import Held
    from ._waiting import Aside, Waiting

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
    held: Optional["Held"] = None
    """The object of whose state this is a part, and no variable: it takes that itself."""
    held_name: str = ""
    """The part, as the object calls it."""

    def target(self, names: Mapping[int, str]) -> "_core.Target":
        """The same for the library; ``names`` are those of all places, by ``id`` of variable."""
        return _core.Target(
            self.name, self.dtype, list(self.shape), paths=[*self.paths, *self.trained],
            root=self.root,
            key=self.key, full_name=self.full_name, cls=self.cls, mapped_from=self.mapped_from,
            name_kinds=self.name_kinds,
            path_kinds=[*self.path_kinds, *("" for _ in self.trained)], slot=self.slot,
            slot_of=names.get(id(self.slot_of), ""), optimizer=self.optimizer,
            takes_itself=self.held is not None)

    @property
    def ways(self) -> Sequence[str]:
        """Edge paths to it, or to the object of whose state it is a part."""
        return self.paths if self.held is None else self.held.ways

    def typed(self, raw: Array) -> Array:
        """Bytes, or a list of strings, as an array of this place's type and shape."""
        if isinstance(raw, list):
            import numpy as np

            strings = np.empty(len(raw), object)
            strings[:] = raw
            return strings.reshape(self.shape)
        return raw.view(_dtypes.numpy_dtype(self.dtype)).reshape(self.shape)


class Places:
    """All places of one restore, and what to give back when it is done."""

    def __init__(self, places: Sequence[Place], *,
                 finish: Optional[Callable[[], Any]] = None, into: Any = None,
                 notes: Iterable[str] = (),
                 derive: Optional[Callable[[Set[int]], None]] = None,
                 waiting: Sequence["Waiting"] = (), asides: Sequence["Aside"] = ()) -> None:
        held = [each.place() for each in waiting]
        self.places = unique_names([*places, *held])
        self.notes = list(notes)
        self.waiting = list(zip(waiting, held))
        """What has no variables yet, and the place by which rules name it."""
        self.skip: Set[int] = set()
        """Variables, by ``id``, that are not written, for they have their values already."""
        self._held: Set[str] = set()
        self.asides = list(asides)
        """Optimizers of models that are restored for their weights."""
        self._finish = finish
        self._into = into
        self._derive = derive

    def targets(self) -> List["_core.Target"]:
        return targets_of(self.places)

    def hold(self, places: Iterable[Place]) -> None:
        """Leaves places alone that are to be restored later."""
        self._held = {place.name for place in places}

    def has_new(self) -> bool:
        """True if there is something to restore that does not have its value already."""
        not_now = {id(place) for _, place in self.waiting}
        return any(place.name not in self._held and id(place) not in not_now
                   and id(place.identity) not in self.skip for place in self.places)

    def left(self, given: Dict[str, Any]) -> Tuple[List[str], List[str]]:
        """Names of places that a restore leaves alone whatever its rules select, and notes
        that say why.
        """
        own: Set[int] = set()
        said: List[str] = []
        for aside in self.asides:
            if not aside.named(given):
                own |= aside.own
                said.append(aside.note)
        for each, _ in self.waiting:
            own |= each.own
        unbuilt = [each for each, _ in self.waiting if each.selected(given)]
        if unbuilt:
            shown = first_of([f"{each.name} ({type(each.thing).__name__})" for each in unbuilt])
            said.append(f"not built yet, so it stays as it is: {shown}")
        names = [place.name for place in self.places if id(place.identity) in own]
        return [*names, *self._held, *(place.name for _, place in self.waiting)], said

    def open_up(self, plan: "_core.Plan") -> bool:
        """Gives places of an open shape the extents of the sources that a plan has for them.
        True if one has changed, so that the plan is to be made again.
        """
        by_name = {place.name: place for place in self.places if place.fits is not None}
        changed = False
        for row in json.loads(plan.json())["entries"] if by_name else ():
            place = by_name.get(row["target"])
            if place is None or not row.get("source"):
                continue
            shape = tuple(row["source_spec"]["shape"])
            assert place.fits is not None
            if shape != tuple(place.shape) and place.fits(shape):
                place.shape, changed = shape, True
        return changed

    def read_current(self, index: int) -> Array:
        import numpy as np

        return np.ascontiguousarray(self.places[index].read()).reshape(-1).view(np.uint8)

    def commit(self, values: Sequence[Tuple[int, Array]], prefix: str = "",
               sources: Mapping[str, str] = MappingProxyType({})) -> None:
        """Writes all values, or raises and has put back those that it had written. Objects take
        their states from `prefix`, where `sources` has the keys of places, by their names."""
        from ._states import Exchange

        new = [(self.places[index], raw) for index, raw in values
               if id(self.places[index].identity) not in self.skip]
        states = Exchange([place for place, _ in new if place.held], prefix, sources)
        done: List[Tuple[Place, Array]] = []
        try:
            for place, raw in new:
                if place.held is not None:
                    continue
                before = place.read()
                place.write(place.typed(raw))
                done.append((place, before))
            states.run()
            self._derive_from(done)
        except BaseException:
            states.undo()
            for place, before in reversed(done):
                place.write(before)
            with contextlib.suppress(Exception):
                self._derive_from(done)
            raise

    def _derive_from(self, done: Sequence[Tuple[Place, Array]]) -> None:
        """Tells layers that compute with more than their variables which of these are new."""
        if self._derive is not None:
            self._derive({id(place.identity) for place, _ in done})

    def result(self) -> Any:
        return self._finish() if self._finish is not None else self._into


def targets_of(places: Sequence[Place]) -> List["_core.Target"]:
    """The places for the library."""
    names = {id(place.identity): place.name for place in places}
    return [place.target(names) for place in places]


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
