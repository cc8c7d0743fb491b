"""What a file of Keras' own calls the variables of live objects, and of an optimizer."""

from __future__ import annotations

import contextlib
from typing import List, Optional, Sequence, Tuple

from . import _core, _errors, _frameworks
from ._objects import Node, objects, paths
from ._place import Place

_RATES = {"optimizer/_learning_rate", "optimizer/_current_learning_rate"}


def as_stored(places: Sequence[Place], root: Node, reader: "_core.Reader") -> List[Place]:
    """Adds the ways to variables that a file of Keras' own has: it is of one model, which may have
    one optimizer. Returns the places that such a file may have a value for.
    """
    ways = _frameworks.stored(root.thing, reader.kind)
    for name, child in () if ways else root.edges:
        for variable, below in _frameworks.stored(child.thing, reader.kind).items():
            ways.setdefault(variable, []).extend(
                way._replace(path=f"{name}/{way.path}", kinds=f"g{way.kinds}") for way in below)
    for place in places:
        _add_ways(place, [(way.path, way.kinds) for way in ways.get(id(place.identity), [])])
    optimizer = _only_optimizer(root)
    if optimizer is None:
        return list(places)
    for place in places:
        if place.cls == "@optimizer":
            _name_as_stored(place, optimizer)
    # Keras 2 keeps it with the settings, and not among the variables.
    second = reader.find_key("optimizer/vars/1")
    if second is not None and not reader.entry(second).shape:
        return list(places)
    with contextlib.suppress(_errors.RegraftError):
        _core.NameFinder(reader).find("optimizer/_learning_rate")
        return list(places)
    return [place for place in places if not _RATES & set(place.paths)]


def _add_ways(place: Place, ways: Sequence[Tuple[str, str]]) -> None:
    """Adds paths with their kinds; those that were there may have none."""
    missing = len(place.paths) - len(place.path_kinds)
    place.path_kinds = [*place.path_kinds, *([""] * missing), *(kinds for _, kinds in ways)]
    place.paths = [*place.paths, *(path for path, _ in ways)]


def _only_optimizer(root: Node) -> Optional[str]:
    """The way to the optimizer that is below no other one; None if there are several, or none."""
    ways = paths(root)
    found = [node for node in objects(root) if _frameworks.is_optimizer(node.thing)]
    inner = {id(child) for node in found for child in objects(node) if child is not node}
    outer = [node for node in found if id(node) not in inner]
    return ways.to(outer[0])[0] if len(outer) == 1 else None


def _name_as_stored(place: Place, optimizer: str) -> None:
    """A file of Keras calls it ``optimizer``, whatever the program does."""
    def named(way: str) -> str:
        below = way[len(optimizer):] if way.startswith(optimizer) else None
        if below is None or (optimizer and below[:1] not in ("", "/")):
            return way
        return f"optimizer{'' if optimizer or not below else '/'}{below}"

    own = [named(way) for way in place.paths]
    _add_ways(place, [(way, "") for way in own if way not in place.paths])
    place.optimizer = named(place.optimizer)
