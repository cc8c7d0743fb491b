"""All places of one restore."""

from __future__ import annotations

import contextlib
import json
from types import MappingProxyType
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from . import _core
from ._frameworks._value import Undo
from ._held import Exchange
from ._place import Array, Place, first_of, targets_of, unique_names
from ._unbuilt import Aside, Waiting


class Places:
    """All places of one restore, and what to give back when it is done."""

    def __init__(self, places: Sequence[Place], *,
                 finish: Optional[Callable[[], Any]] = None, into: Any = None,
                 notes: Iterable[str] = (),
                 derive: Optional[Callable[[Set[int]], None]] = None,
                 waiting: Sequence[Waiting] = (), asides: Sequence[Aside] = ()) -> None:
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

    def targets(self) -> "_core.Targets":
        return targets_of(self.places)

    def hold(self, places: Iterable[Place]) -> None:
        """Leaves places alone that are to be restored later."""
        self._held = {place.name for place in places}

    def has_new(self) -> bool:
        """True if there is something to restore that does not have its value already."""
        not_now = {id(place) for _, place in self.waiting}
        return any(place.name not in self._held and id(place) not in not_now
                   and id(place.identity) not in self.skip for place in self.places)

    def left(self, given: "_core.Rules") -> Tuple[List[str], List[str]]:
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

    def commit(self, values: Sequence[Tuple[int, Any]], prefix: str = "",
               sources: Mapping[str, str] = MappingProxyType({})) -> None:
        """Writes all values, or raises and has put back those that were there before. Objects take
        their states from `prefix`, where `sources` has the keys of places, by their names."""
        new = [(self.places[index], value) for index, value in values
               if id(self.places[index].identity) not in self.skip]
        states = Exchange([(place.held, place.held_name, sources[place.name])
                           for place, _ in new if place.held is not None], prefix)
        done: List[Place] = []
        undo: List[Undo] = []
        try:
            for place, value in new:
                if place.held is None:
                    undo.append(place.exchange(value))
                    done.append(place)
            states.run()
            self._derive_from(done)
        except BaseException:
            states.undo()
            for put_back in reversed(undo):
                put_back()
            with contextlib.suppress(Exception):
                self._derive_from(done)
            raise

    def _derive_from(self, done: Sequence[Place]) -> None:
        """Tells layers that compute with more than their variables which of these are new."""
        if self._derive is not None:
            self._derive({id(place.identity) for place in done})

    def result(self) -> Any:
        return self._finish() if self._finish is not None else self._into
