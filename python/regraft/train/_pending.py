"""A restore that waits for layers to make their variables."""

from __future__ import annotations

import warnings
import weakref
from typing import Any, Dict, List, Mapping, Protocol, Set, Tuple

from .. import _core, _errors, _frameworks
from .._objects import Node, nodes, paths, tree
from .._pause import collector_paused
from .._place import first_of
from .._places import Places
from .._progress import Progress
from .._restore import plan_places
from .._unbuilt import Waiting
from .._waiting import left_to_wait, not_built
from ._status import RestoreStatus
from ._watch import unwatch, watch, watch_steps


class Owner(Protocol):
    """The Checkpoint whose restore waits."""

    def _held(self) -> Dict[str, Any]:
        """What it holds, by keyword."""

    def _tree(self, items: Mapping[str, Any]) -> Node:
        """The root with an edge for each of the items."""

    def _regraft_places(self, reader: "_core.Reader") -> Places:
        """Every place, and what has no variables yet."""


class _Unfinished:
    """What is said of a restore that nobody can finish any more."""

    text = ""


def _warn(unfinished: _Unfinished) -> None:
    if unfinished.text:
        warnings.warn(unfinished.text, RuntimeWarning, stacklevel=2)


class Pending:
    """The rest of a restore. What a keyword leads to is restored as a whole: as soon as all
    that is below it and selected has its variables, and before anything computes with them.
    """

    def __init__(self, checkpoint: Owner, reader: "_core.Reader", given: "_core.Rules",
                 progress: Progress) -> None:
        self._checkpoint, self._reader, self._given = checkpoint, reader, given
        self._progress = progress
        self._left: List[Waiting] = []
        self._unused: List[Any] = []  # Layers that a call could have built, and has not.
        self._blocked: Set[str] = set()  # Keywords that wait.
        self._units: Dict[int, Set[str]] = {}  # Of what is watched, the keywords above it.
        # By a variable, or an object and the part of its state.
        self._written: Dict[Tuple[int, str], Tuple[Any, str]] = {}
        self._watched: List[Any] = []
        self._busy = False
        self._unfinished = _Unfinished()
        self.status = RestoreStatus()
        self.status._pending = self
        weakref.finalize(self, _warn, self._unfinished)

    @property
    def waiting_for(self) -> List[str]:
        return [f"{each.name} ({type(each.thing).__name__})" for each in self._left]

    def text(self) -> str:
        return (f"the restore of {self._reader.prefix} waits for {first_of(self.waiting_for)}"
                f"\n{len(self._written)} variables are restored; the rest will be as soon as the "
                "model has been called or built")

    def error(self) -> _errors.RegraftError:
        error = not_built(self._left)
        return _errors.unmet(
            "train/not-built", f"the restore of {self._reader.prefix} is not done: it waits for "
            f"{first_of(self.waiting_for)}", "call the model once on data, or "
            "model.build(input_shape), then status.finish(); restore(path, when_built=False) does "
            'not wait; restore(path, missing="keep") leaves them as they are', error.details)

    # What is watched

    def called(self, thing: Any) -> None:
        with _frameworks.lifted():
            below = {id(node.thing) for node in nodes(tree(thing))}
        self._unused += [each.thing for each in self._left
                         if each.models is None and id(each.thing) in below]

    def check_call(self, thing: Any) -> None:
        units = self._units.get(id(thing), set())
        if self.status._pending is self and units and units <= self._blocked:
            warnings.warn(
                f"{getattr(thing, 'name', type(thing).__name__)} computes with its initial values: "
                f"the restore of {self._reader.prefix} still waits for "
                f"{first_of(self.waiting_for)}; build what is in one model, or one keyword of the "
                "Checkpoint, before it is used", RuntimeWarning, stacklevel=4)

    def check_step(self, optimizer: Any) -> None:
        self.advance()
        if self.status._pending is self:
            raise self.error()

    # What is done

    def advance(self) -> bool:
        """Restores every keyword that has become whole. True if there was one.

        Raises:
            UnmetError and others: as ``Checkpoint.restore``. What is below the keywords is as
                it was then.
        """
        if self._busy or self.status._pending is not self or _frameworks.in_trace():
            return False
        self._busy = True
        try:
            with _frameworks.lifted(), collector_paused():
                return self._advance()
        finally:
            self._busy = False

    def _advance(self) -> bool:
        places = self._checkpoint._regraft_places(self._reader)
        left = self._waits(places)
        if any([each.build() for each in left]):
            places = self._checkpoint._regraft_places(self._reader)
            left = self._waits(places)
        hopeless = [each for each in left if each.models is not None and len(each.models) != 1]
        if hopeless:
            raise not_built(hopeless)
        self._left = left
        self._blocked = {self._unit(way) for each in left for way in each.ways}
        places.hold(place for place in places.places if place.ways and all(
            self._unit(way) in self._blocked for way in place.ways))
        places.skip = {number for number, _ in self._written}
        if left and not places.has_new():
            self._watch()
            return False
        given = self._given.but(allow_unused_rules=True) if left else self._given
        report = plan_places(self._reader, places, given, self._progress).apply()
        self._note(places, report.sources)
        if left:
            self._watch()
        else:
            self._finish(report)
        return True

    def _waits(self, places: Places) -> List[Waiting]:
        """What the restore has to wait for: not for layers that their model's call does not use,
        if the checkpoint has nothing for them or they may be kept.
        """
        left = left_to_wait(places, self._reader, self._given)
        top = self._checkpoint._tree(self._checkpoint._held())
        used = []
        for each in left:
            keep = self._given.keeps_missing and any(
                each.thing is thing for thing in self._unused)
            passed = not keep and each.models is None and _is_passed_over(top, each)
            if not keep and not (passed and not _stores_below(self._reader, each)):
                used.append(each)
        return used

    def _unit(self, path: str) -> str:
        """The keyword that a path is below; "" for what is below the root."""
        first = path.split("/", 1)[0]
        return first if first in self._checkpoint._held() else ""

    def _note(self, places: Places, sources: Dict[str, str]) -> None:
        by_name = {place.name: place for place in places.places}
        for name, source in sources.items():
            identity = by_name[name].identity
            _, before = self._written.setdefault(
                (id(identity), by_name[name].held_name), (identity, source))
            if before != source:
                raise _errors.unmet(
                    "train/changed", f"{name} was restored from {before}, and now that everything "
                    f"is built its source is {source}", "build the models before the restore")

    def _watch(self) -> None:
        self._unfinished.text = (
            f"a restore was not finished: {self._reader.prefix} still has values for "
            f"{first_of(self.waiting_for)}, which was never built; "
            f"{len(self._written)} variables were restored")
        top = self._checkpoint._tree(self._checkpoint._held())
        waited = {id(each.thing) for each in self._left}
        ways = paths(top)
        for node in nodes(top):
            thing = node.thing
            if thing is None or id(thing) in self._units:
                continue
            if _frameworks.is_optimizer(thing):
                watch_steps(thing, self)
            elif _frameworks.can_be_watched(thing) and any(
                    id(below.thing) in waited for below in nodes(node)):
                watch(thing, self)
            else:
                continue
            self._watched.append(thing)
            self._units[id(thing)] = {self._unit(way) for way in ways.to(node)}

    def _finish(self, report: Any) -> None:
        self.stop()
        self.status._core = report._core
        self.status._own_notes, self.status.tree = report._own_notes, report.tree

    def stop(self) -> None:
        """Waits no longer."""
        self.status._pending = None
        self._unfinished.text = ""
        for thing in self._watched:
            unwatch(thing, self)
        self._watched = []


def _is_passed_over(top: Node, waiting: Waiting) -> bool:
    """True for a layer that is not built though a layer that has it is."""
    for node in nodes(top):
        thing = node.thing
        if (thing is not waiting.thing and _frameworks.can_be_watched(thing) and thing.built
                and any(below.thing is waiting.thing for below in nodes(node))):
            return True
    return False


def _stores_below(reader: "_core.Reader", waiting: Waiting) -> bool:
    """True if the checkpoint has something for a layer, whatever its root is called."""
    tails = {f"/{way.split('/', 1)[-1]}/" for way in waiting.ways}
    return any(tail in f"/{name}" for index in range(len(reader))
               for name in reader.entry(index).spellings for tail in tails)
