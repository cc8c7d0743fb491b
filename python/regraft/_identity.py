"""What the owner of live objects knows of their names, for who is who (docs/names.md): which
parts a framework has counted, which numbers are keys, and whose an optimizer's slots are."""

from __future__ import annotations

import functools
import re
import sys
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Sequence,
    Set,
    Tuple,
)

from . import _core, _frameworks
from ._objects import Node, Path, Paths, nodes, objects
from ._place import Place

GIVEN, NUMBERED = "g", "n"
_COUNTED = re.compile(r"(.*?)(?:_[1-9]\d*)?$")
_OF_VARIABLES = ("Variable", "variable")
"""What TensorFlow and Keras 3 call a variable that has no name."""


def _stem(name: str) -> str:
    match = _COUNTED.match(name)
    return match.group(1) if match else name


def _snake_cases(cls: type) -> Set[str]:
    """What frameworks make of the name of a class, for an object that has no name."""
    name = cls.__name__
    keras = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name))
    module = re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name)
    return {keras.lower(), re.sub(r"\W+", "", keras).lower(), module.lower()}


def automatic_names(root: Node) -> Callable[[str], bool]:
    """Says of a part of a name whether it is what a framework has called an object that nobody
    named: of those below ``root`` by their classes, of others, such as the layers whose variables
    an optimizer keeps, as ``automatic_stems``.
    """
    found: Set[str] = set()
    named: Set[str] = set()
    for node in objects(root):
        name = getattr(node.thing, "name", None)
        if isinstance(name, str):
            # Bidirectional calls what it has after the layer that it was given.
            own = re.sub("^(forward|backward)_", "", name)
            automatic = _stem(own) in _snake_cases(type(node.thing))
            (found if automatic else named).add(name)
    stems = functools.lru_cache(None)(automatic_stems)
    return lambda part: part in found or (part not in named and stems()(part))


def automatic_stems() -> Callable[[str], bool]:
    """The same for variables whose objects are not known: any class of layers and modules that
    the program has may be meant.
    """
    bases = [getattr(sys.modules.get(name), attribute, None) for name, attribute in (
        ("tensorflow", "Module"), ("keras.layers", "Layer"))]
    stems: Set[str] = set()
    waiting = [base for base in bases if base is not None]
    seen: Set[type] = set()
    while waiting:
        cls = waiting.pop()
        if cls in seen:
            continue
        seen.add(cls)
        stems |= _snake_cases(cls)
        waiting.extend(cls.__subclasses__())
    return lambda part: _stem(part) in stems


def name_kinds(full_name: str, counted: Callable[[str], bool]) -> str:
    """A letter for each part of a variable's name."""
    *scopes, last = full_name.split("/")
    kinds = [NUMBERED if counted(part) else GIVEN for part in scopes]
    return "".join([*kinds, NUMBERED if _stem(last) in _OF_VARIABLES else GIVEN])


class Slot(NamedTuple):
    """A slot of an optimizer."""

    name: str
    variable: Any
    """The variable that it belongs to; None if that is not known."""
    optimizer: str
    """Its path."""


def slots(root: Node, ways: Paths) -> Dict[int, Slot]:
    """Of each slot in a list of an optimizer, by the ``id`` of its node, whose it is."""
    found: Dict[int, Slot] = {}
    for node in objects(root):
        if not _frameworks.is_optimizer(node.thing):
            continue
        variables, way = _variables_of(node.thing, root), ways.to(node)[0]
        for name, kept in node.edges:
            if name in ("_variables", "_trainable_variables") or kept.value is not None:
                continue
            if _frameworks.is_optimizer(kept.thing):
                continue
            for number, slot in kept.edges:
                if slot.value is not None and number.isdigit():
                    found.setdefault(id(slot), Slot(
                        _core.slot_name(name), variables.get(int(number)), way))
    return found


def _variables_of(optimizer: Any, root: Node) -> Dict[int, Any]:
    """The variables of an optimizer by their numbers in its lists."""
    listed = getattr(optimizer, "_trainable_variables", None)
    if listed is not None:
        return dict(enumerate(listed))
    numbers = getattr(optimizer, "_index_dict", None)
    key = getattr(optimizer, "_var_key", None)
    if numbers is None or key is None:
        return {}
    known = {key(node.thing): node.thing for node in nodes(root) if node.value is not None
             and hasattr(node.thing, "_unique_id")}
    return {number: known[name] for name, number in numbers.items() if name in known}


def trained(root: Node, ways: Paths) -> Dict[int, List[str]]:
    """Where optimizers of Keras 3 list what they train: paths, by the ``id`` of the variable."""
    found: Dict[int, List[str]] = {}
    for node in objects(root):
        if not _frameworks.is_optimizer(node.thing):
            continue
        way = ways.to(node)[0]
        scope = f"{way}/_trainable_variables" if way else "_trainable_variables"
        for number, variable in enumerate(getattr(node.thing, "_trainable_variables", ())):
            found.setdefault(id(variable), []).append(f"{scope}/{number}")
    return found


def name_readably(places: Sequence[Place]) -> None:
    """Gives places the names that people see, by the rule for entries of files (docs/names.md)."""
    at = {id(place.identity): number for number, place in enumerate(places)}
    found = _core.readable_names([
        (place.paths, list(place.path_kinds), place.full_name, place.key,
         place.cls != "@optimizer", place.slot, at.get(id(place.slot_of), -1), place.optimizer)
        for place in places])
    for place, name in zip(places, found):
        if place.held is None:  # The state of an object is called by the object.
            place.name = name or place.name


def rows(root: Node) -> Iterator[Tuple[str, int]]:
    """Where the variables of Keras 3 models would be in a file that it exported: a path, and
    the ``id`` of the variable.
    """
    tops: List[Tuple[Path, Node]] = [((), root)]
    if not _frameworks.exported(root.thing):
        tops = [((name,), child) for name, child in root.edges]
    for way, node in tops:
        for number, variable in enumerate(_frameworks.exported(node.thing)):
            yield "/".join((*way, "variables", str(number))), id(variable)
