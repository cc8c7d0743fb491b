"""Whatever a caller hands over, as places."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, ValuesView
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from . import _core, _errors, _frameworks, _pytrees
from ._objects import VALUE, Node, Path, Value, is_map, key_of, nodes, paths, paths_by_numbers, tree
from ._places import SHOWN, Place, Places, first_of

is_variable = _frameworks.is_variable



def collect(into: Any) -> Places:
    """The places of ``into``: see ``regraft.restore``.

    - A list, tuple or set of variables, or of layers: exactly these variables, each found by
      its own names.
    - A dict of names and variables or NumPy arrays: each found by what the dict says, unless
      it is a ``state_dict`` (see ``_is_state_dict``).
    - A model, a layer, an optimizer, a module, or a dict or list that has such in it or
      variables deeper down: all below it, found by edge paths.
    - Anything else that is made of arrays: a tree, of which there will be a new one.

    Raises:
        InvalidArgumentError: it is empty, or nothing that has places.
        UnmetError: a model or a layer whose variables are still to be made.
    """
    given = into
    if isinstance(into, (Iterator, ValuesView, set, frozenset)):
        into = list(into)
    listed = isinstance(into, (list, tuple)) and not hasattr(into, "_fields")
    if (listed or isinstance(into, Mapping)) and not into:
        raise empty("map of names" if isinstance(into, Mapping) else "list of variables")
    if is_variable(into):
        return Places(list_places([into]), into=given)
    if listed and all(is_variable(item) for item in into):
        found = list_places(into)
        return Places(found, into=given, notes=short_names(found))
    if _is_state_dict(into):
        return Places(_state_dict_places(into), into=given)
    if is_map(into) and all(is_variable(item) for item in into.values()):
        return Places(map_places(into), into=given)
    if _frameworks.is_object(into) or _holds_objects(into):
        stray = _stray(into)
        if stray is not None:
            raise _refused(into, f": {stray}")
        root = tree(into)
        found = tree_places(root)
        if listed and all(_frameworks.is_object(item) for item in into) and all(
                node.value.full_name for node in nodes(root) if node.value is not None):
            found = list_places(place.identity for place in found)
        return Places(found, into=given, notes=notes(root))
    found_tree = _pytrees.places(into)
    if found_tree is not None:
        return found_tree
    raise _refused(into)


def _refused(into: Any, more: str = "") -> _errors.RegraftError:
    return _errors.invalid(
        "python/target", f"nothing can be restored into {_described(into)}{more}",
        "a list of variables, a dict {'name in the checkpoint': variable}, a model, a module, a "
        "tree of arrays, or the path of a checkpoint")


def _described(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}: an object of it has variables"
    if isinstance(thing, (list, tuple, set, frozenset, Mapping)) and thing:
        items = thing.values() if isinstance(thing, Mapping) else thing
        kinds = sorted({_described(item) for item in items})
        return f"{_a(thing)} of {' and '.join(kinds[:3])}"
    return f"{_a(thing)}, which cannot be changed" if _is_constant(thing) else _a(thing)


def _a(thing: Any) -> str:
    name = type(thing).__name__
    if name == "ndarray":
        return "a NumPy array"
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _is_constant(thing: Any) -> bool:
    tensor = getattr(sys.modules.get("tensorflow"), "Tensor", None)
    return tensor is not None and isinstance(thing, tensor)


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
                "python/no-name", f"{_a(variable)} in a list has no name, so that nothing says "
                "which value it should get",
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
    first: Dict[int, Place] = {}
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
    ways, numbers = paths(root), paths_by_numbers(root)
    of_optimizers = _of_optimizers(root)
    found: List[Place] = []
    for node in nodes(root):
        if node.value is not None:
            own = ["/".join(way) for way in ways[id(node)]]
            full_name = node.value.full_name or own[0]
            place = _place(node.value, own[0] or full_name, own, own)
            place.full_name = full_name
            if id(node) in numbers:
                place.key = f"{key_of(numbers[id(node)])}/{VALUE}"
            if id(node) in of_optimizers:
                place.cls = "@optimizer"
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


def _of_optimizers(root: Node) -> Set[int]:
    """Values that are an optimizer's own: those of the model and averages of them are not."""
    foreign = ("_trainable_variables", "_model_variables_moving_average")
    outside: Set[int] = set()
    inside: Set[int] = set()
    waiting = [(root, _frameworks.is_optimizer(root.thing))]
    while waiting:
        node, within = waiting.pop()
        seen = inside if within else outside
        if id(node) in seen:
            continue
        seen.add(id(node))
        optimizer = _frameworks.is_optimizer(node.thing)
        waiting.extend((child, (within or _frameworks.is_optimizer(child.thing))
                        and not (optimizer and name in foreign)) for name, child in node.edges)
    return inside - outside


def notes(root: Node) -> List[str]:
    """What a person should know of an object: what is saved with it and is no variable, and
    optimizers without slots.
    """
    out = []
    states = [node for node in nodes(root) if _frameworks.is_state(node.thing)]
    if states:
        ways = paths(root)
        kept = [f"{'/'.join(ways[id(node)][0]) or 'the root'} ({type(node.thing).__name__})"
                for node in states]
        out.append(f"not a variable, so it stays as it is: {first_of(kept)}")
    for node in [root, *(child for _, child in root.edges)]:
        if _frameworks.is_optimizer(node.thing) and _frameworks.without_slots(node.thing):
            out.append(f"the optimizer {type(node.thing).__name__} has not made its slots yet, "
                       "so they get no values: optimizer.build(model.trainable_variables) "
                       "before the restore makes them")
    return out


def not_built(things: Sequence[Any]) -> _errors.RegraftError:
    names = [f"{getattr(thing, 'name', '')} ({type(thing).__name__})" for thing in things]
    what = ("1 layer has not made its variables yet, so that it" if len(names) == 1 else
            f"{len(names)} layers have not made their variables yet, so that they")
    return _errors.unmet(
        "train/not-built", f"{what} cannot be restored", "call the model once on data, or "
        "model.build(input_shape); then restore", [("not built", name) for name in names[:SHOWN]])


def _slot_place(variable: Sequence[Path], name: str, optimizer: Sequence[Path], value: Value,
                reader: Optional["_core.Reader"]) -> Place:
    """The key of a slot names one path of each; that of the file counts if it is known."""
    keys = [f"{key_of(way)}/.OPTIMIZER_SLOT/{key_of(to)}/{key_of((name,))}/{VALUE}"
            for way in variable for to in optimizer]
    key = keys[0]
    if reader is not None:
        key = next((each for each in keys if reader.find_key(each) is not None), key)
    place = _place(value, key.rsplit("/.ATTRIBUTES/", 1)[0])
    place.key, place.cls = key, "@optimizer"
    return place


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
    """A dict of torch tensors whose keys are dotted names: a person who says what a checkpoint
    calls something would write ``a/b`` or ``(root).a.b``.
    """
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    if tensor is None or not is_map(thing) or not thing:
        return False
    return all(isinstance(item, tensor) for item in thing.values()) and (
        hasattr(thing, "_metadata")  # What module.state_dict() returns has it.
        or (any("." in name for name in thing) and all(_DOTTED.match(name) for name in thing)))


_DOTTED = re.compile(r"\w+(\.\w+)*$")


def _state_dict_places(tensors: Mapping[str, Any]) -> List[Place]:
    """Places by names; tied weights, which are one in memory, are one place of two names."""
    found: Dict[Any, Place] = {}
    for name, tensor in tensors.items():
        path = name.replace(".", "/")
        place = _place(_value(tensor), path, [path], [path])
        place.full_name = path
        known = found.setdefault(_frameworks.same_memory(tensor), place)
        if known is not place:
            known.paths = known.below_root = [*known.paths, path]
    return list(found.values())


def _holds_objects(thing: Any) -> bool:
    """A list or dict with a model, a layer, a module or a variable in it, however deep."""
    if isinstance(thing, Mapping):
        items: Iterable[Any] = thing.values()
    elif isinstance(thing, (list, tuple)):
        items = thing
    else:
        return False
    return any(_frameworks.is_object(item) or _frameworks.is_named(item) or _holds_objects(item)
               for item in items)


def _stray(thing: Any, path: str = "") -> Optional[str]:
    """What a list or dict of objects and variables should not have in it; None if nothing."""
    if is_variable(thing) or _frameworks.is_object(thing):
        return None
    if isinstance(thing, Mapping):
        items: Iterable[Tuple[Any, Any]] = thing.items()
    elif isinstance(thing, (list, tuple)):
        items = enumerate(thing)
    else:
        return f"at {path!r} there is {_described(thing)}"
    found = (_stray(item, f"{path}/{name}" if path else str(name)) for name, item in items)
    return next((stray for stray in found if stray is not None), None)
