"""Whatever a caller hands over, as places."""

from __future__ import annotations

import sys
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from . import _core, _errors, _frameworks, _pytrees
from ._objects import Builder, Node, Value, is_map, nodes, paths
from ._places import Place, Places

is_variable = _frameworks.is_variable


def collect(into: Any) -> Places:
    """The places of ``into``: see ``regraft.restore``.

    Raises:
        InvalidArgumentError: it is empty, or nothing that has places.
        UnmetError: a model or a layer whose variables are still to be made.
    """
    if is_variable(into):
        return Places(list_places([into]), into=into)
    if _frameworks.is_object(into):
        builder = Builder()
        root = builder.node(into)
        builder.add_slots()
        return Places(tree_places(root), into=into)
    if _is_state_dict(into):
        return Places(_state_dict_places(into), into=into)
    if is_map(into) and into and all(is_variable(item) for item in into.values()):
        return Places(map_places(into), into=into)
    if isinstance(into, (list, tuple, set)) and into and all(is_variable(item) for item in into):
        found = list_places(list(into))
        return Places(found, into=into, notes=short_names(found))
    if isinstance(into, (list, tuple, set, Mapping)) and not into:
        raise empty("map of names" if isinstance(into, Mapping) else "list of variables")
    if _holds_objects(into):
        builder = Builder()
        root = builder.node(into)
        builder.add_slots()
        return Places(tree_places(root), into=into)
    found_tree = _pytrees.places(into)
    if found_tree is not None:
        return found_tree
    raise _errors.invalid(
        "python/target", f"nothing can be restored into a {type(into).__name__}",
        "a list of variables, a dict {'name in the checkpoint': variable}, a model, a module, a "
        "tree of arrays, or the path of a checkpoint")


def empty(what: str, details: Sequence[Tuple[str, str]] = ()) -> _errors.RegraftError:
    return _errors.invalid(
        "select/empty-list", f"the {what} is empty, so nothing would be restored",
        "regraft.names(model) shows what each variable is called; a filter may look for another "
        "spelling, and a model has no variables before it is built", details)


def list_places(variables: Iterable[Any]) -> List[Place]:
    """Places that are found by their variables' own names.

    Raises:
        InvalidArgumentError: one is given twice, or has no name of its own.
    """
    found: List[Place] = []
    for variable in variables:
        value = _value(variable)
        if not value.full_name:
            raise _errors.invalid(
                "python/no-name", f"a {type(variable).__name__} in a list has no name, so that "
                "nothing says which value it should get",
                "a dict {'name in the checkpoint': array}, or the module that has it")
        found.append(_place(value, value.full_name, below_root=value.below_root))
    check_once(found)
    return found


def map_places(names: Mapping[str, Any]) -> List[Place]:
    """Places that are found by what the caller says."""
    found = []
    for name, variable in names.items():
        if not name:
            raise _errors.invalid("train/empty-name", "a variable is to be fed from an entry "
                                  "with an empty name", "say what the checkpoint calls it")
        value = _value(variable)
        place = _place(value, value.full_name or name)
        place.mapped_from = name
        found.append(place)
    check_once(found)
    return found


def check_once(places: Iterable[Place]) -> None:
    first: "dict[int, Place]" = {}
    for place in places:
        known = first.setdefault(id(place.identity), place)
        if known is not place:
            raise _errors.invalid(
                "train/variable-twice", f"{place.full_name or place.name} is given twice",
                "give each variable once", [("first", _said(known)), ("then", _said(place))])


def _said(place: Place) -> str:
    return f"to be fed from {place.mapped_from!r}" if place.mapped_from else "in a list"


def _value(variable: Any) -> Value:
    value = _frameworks.value_of(variable)
    assert value is not None
    return value


def _place(value: Value, name: str, found: Sequence[str] = (),
           below_root: Sequence[str] = ()) -> Place:
    return Place(name, value.dtype, value.shape, value.read, value.write, paths=found,
                 below_root=below_root, full_name=value.full_name, identity=value.variable)


def tree_places(root: Node, reader: Optional["_core.Reader"] = None) -> List[Place]:
    """A place for each value below an object, found by its paths; slots by their keys.

    Raises:
        UnmetError: layers that are not built, and how to build them.
    """
    waiting = [node.thing for node in nodes(root) if _frameworks.not_built(node.thing)]
    if waiting:
        raise not_built(waiting)
    ways = paths(root)
    found: List[Place] = []
    for node in nodes(root):
        if node.value is not None:
            own = ways[id(node)]
            full_name = node.value.full_name or own[0]
            place = _place(node.value, own[0] or full_name, own, own)
            place.full_name = full_name
            found.append(place)
        for variable, name, slot in node.slots:
            if id(variable) in ways and slot.value is not None:
                found.append(_slot_place(ways[id(variable)], name, ways[id(node)], slot.value,
                                         reader))
    if not found:
        thing = type(root.thing).__name__ if root.thing is not None else "object"
        raise _errors.unmet("train/not-built", f"there is no variable below the {thing}",
                            "a Keras model makes its variables when it is called once, or by "
                            "model.build(input_shape)")
    return found


def not_built(things: Sequence[Any]) -> _errors.RegraftError:
    names = [f"{getattr(thing, 'name', '')} ({type(thing).__name__})" for thing in things]
    return _errors.unmet(
        "train/not-built", f"{len(names)} layers have not made their variables yet, so that they "
        "cannot be restored", "call the model once on data, or model.build(input_shape); then "
        "restore", [("not built", name) for name in names[:8]])


def _slot_place(variable: Sequence[str], name: str, optimizer: Sequence[str], value: Value,
                reader: Optional["_core.Reader"]) -> Place:
    """The key of a slot names one path of each; that of the file counts if it is known."""
    keys = [f"{_escaped(way)}/.OPTIMIZER_SLOT/{_escaped(to)}/{name}/.ATTRIBUTES/VARIABLE_VALUE"
            for way in variable for to in optimizer]
    key = keys[0]
    if reader is not None:
        key = next((each for each in keys if reader.find_key(each) is not None), key)
    place = _place(value, key.rsplit("/.ATTRIBUTES/", 1)[0])
    place.key, place.cls = key, "@optimizer"
    return place


def _escaped(path: str) -> str:
    return "/".join(part.replace(".", "..") if part.startswith(".") else part
                    for part in path.split("/"))


def short_names(places: Sequence[Place]) -> List[str]:
    """Keras 3 gives all kernels the name ``kernel``: a filter on it keeps everything."""
    variables = [place.identity for place in places if isinstance(
        getattr(place.identity, "path", None), str)]
    names = [variable.name for variable in variables]
    if len(names) == len(set(names)):
        return []
    longest = max(variables, key=lambda variable: len(variable.path))
    return [f"several of these variables have one name: in Keras 3 v.name is short "
            f"({longest.name!r}) and v.path is the long name ({longest.path!r}); a filter on "
            "v.name may have kept more than was meant"]


def _is_state_dict(thing: Any) -> bool:
    torch = sys.modules.get("torch")
    return (torch is not None and is_map(thing) and len(thing) > 0 and
            all(isinstance(item, torch.Tensor) for item in thing.values()) and
            any("." in name for name in thing) and
            not any("/" in name or name.startswith("(root)") for name in thing))


def _state_dict_places(tensors: Mapping[str, Any]) -> List[Place]:
    found = []
    for name, tensor in tensors.items():
        path = name.replace(".", "/")
        place = _place(_value(tensor), path, [path], [path])
        place.full_name = path
        found.append(place)
    return found


def _holds_objects(thing: Any) -> bool:
    """A list or dict with a model, a layer or a module in it."""
    if isinstance(thing, Mapping):
        items: Iterable[Any] = thing.values()
    elif isinstance(thing, (list, tuple)):
        items = thing
    else:
        return False
    return any(_frameworks.is_object(item) or _holds_objects(item) for item in items)
