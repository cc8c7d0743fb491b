"""Whatever a caller hands over, as places."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, ValuesView
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from . import _core, _errors, _frameworks, _identity, _pytrees
from ._frameworks._value import Value
from ._held import Held, StoredStates
from ._objects import Node, Paths, is_map, nodes, objects, paths, tree
from ._place import Place, first_of
from ._places import Places
from ._stored_places import as_stored
from ._waiting import asides, handed_over, not_built, waiting

is_variable = _frameworks.is_variable


def collect(into: Any, reader: Optional["_core.Reader"] = None) -> Places:
    """The places of ``into``: see ``regraft.restore``. With the checkpoint that is restored,
    what has no variables yet waits in ``Places.waiting``, so that rules can leave it out.

    - A list, tuple or set of variables, or of layers: exactly these variables, each found by
      its own names.
    - A dict of names and variables or NumPy arrays: each found by what the dict says, unless
      it is a ``state_dict`` (see ``_is_state_dict``).
    - A model, a layer, an optimizer, a module, or a dict or list that has such in it or
      variables deeper down: all below it, found by edge paths.
    - Anything else that is made of arrays: a tree, of which there will be a new one.

    Raises:
        InvalidArgumentError: it is empty, or nothing that has places.
        UnmetError: there is no variable; or, without a checkpoint, a layer has not made its.
    """
    given = into
    if reader is not None and hasattr(type(into), "_regraft_places"):
        return into._regraft_places(reader)  # type: ignore[no-any-return]
    if isinstance(into, (Iterator, ValuesView, set, frozenset)):
        into = list(into)
    listed = isinstance(into, (list, tuple)) and not hasattr(into, "_fields")
    if (listed or isinstance(into, Mapping)) and not into:
        raise empty("map of names" if isinstance(into, Mapping) else "list of variables")
    if is_variable(into):
        return Places(list_places([into]), into=given)
    if listed and all(is_variable(item) for item in into):
        found = list_places(into)
        return Places(found, into=given, notes=[*short_names(found), *adapted(found)])
    if _is_state_dict(into):
        return Places(_state_dict_places(into), into=given)
    if is_map(into) and all(is_variable(item) for item in into.values()):
        found = map_places(into)
        return Places(found, into=given, notes=adapted(found))
    if _frameworks.is_object(into) or holds_objects(into):
        stray = _stray(into)
        if stray is not None:
            raise _refused(into, f": {stray}")
        root = tree(into)
        beside = asides(root)
        waits = waiting(root, reader, beside)
        if waits and reader is None:
            raise not_built(waits)
        found = tree_places(root, reader)
        if isinstance(into, Mapping) or _frameworks.is_checkpoint(into):
            for place in found:
                place.root = "first" if isinstance(into, Mapping) else "perhaps"
        if beside and handed_over(root, beside):
            # It is the one that is meant, and not another one of a model.
            own = {id(aside.optimizer): aside.own for aside in beside}
            found = [place for place in found
                     if not any(id(place.identity) in each for each in own.values())]
            waits = [each for each in waits if id(each.thing) not in own]
            beside = []
        if listed and all(_frameworks.is_object(item) for item in into) and all(
                node.value.full_name for node in nodes(root) if node.value is not None):
            states = [place for place in found if place.held is not None]
            found = list_places((place.identity for place in found if place.held is None),
                                _identity.automatic_names(root)) + states
        return Places(found, into=given, notes=notes(root), derive=deriving(root),
                      waiting=waits, asides=beside)
    found_tree = _pytrees.places(into)
    if found_tree is not None:
        return found_tree
    raise _refused(into)


def _refused(into: Any, more: str = "") -> _errors.RegraftError:
    return _errors.invalid(
        "python/target", f"nothing can be restored into {described(into)}{more}",
        "a list of variables, a dict {'name in the checkpoint': variable}, a model, a module, a "
        "tree of arrays, or the path of a checkpoint")


def described(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}: an object of it has variables"
    if isinstance(thing, (list, tuple, set, frozenset, Mapping)) and thing:
        items = thing.values() if isinstance(thing, Mapping) else thing
        kinds = sorted({described(item) for item in items})
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


def list_places(variables: Iterable[Any],
                counted: Optional[Callable[[str], bool]] = None) -> List[Place]:
    """Places that are found by their variables' own names. ``counted`` says which parts of
    these a framework has chosen.

    Raises:
        InvalidArgumentError: one is given twice, or has no name of its own.
    """
    found: List[Place] = []
    counted = counted or _identity.automatic_stems()
    for variable in variables:
        value = _value(variable)
        if not value.full_name:
            raise _errors.invalid(
                "python/no-name", f"{_a(variable)} in a list has no name, so that nothing says "
                "which value it should get",
                "a dict {'name in the checkpoint': array}, or the module that has it")
        place = _place(value, value.full_name)
        place.name_kinds = _identity.name_kinds(value.full_name, counted)
        found.append(place)
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


def _place(value: Value, name: str, found: Sequence[str] = ()) -> Place:
    return Place(name, value.dtype, value.shape, value.read, value.write, paths=found,
                 full_name=value.full_name, identity=value.variable,
                 fits=value.fits, layout=value.layout, adopt=value.exchange)


def tree_places(root: Node, reader: Optional["_core.Reader"] = None) -> List[Place]:
    """A place for each value below an object, found by its paths; slots by their variables.

    Raises:
        UnmetError: there is no value, and how to make one.
    """
    ways = paths(root)
    counted, slots = _identity.automatic_names(root), _identity.slots(root, ways)
    exported = {identity: path for path, identity in _identity.rows(root)}
    trained = _identity.trained(root, ways)
    as_they_are = {id(child) for node in nodes(root) for name, child in node.edges
                   if child.value is not None and not _frameworks.turns(node.thing, name)}
    found: List[Place] = []
    for node in nodes(root):
        if node.value is not None:
            own = ways.to(node)
            full_name = node.value.full_name or own[0]
            place = _place(node.value, own[0] or full_name, own)
            place.full_name = full_name
            place.path_kinds = ways.kinds(node)
            place.name_kinds = _identity.name_kinds(
                full_name, counted if node.value.full_name else lambda part: False)
            if id(node.thing) in exported:
                place.paths = [*place.paths, exported[id(node.thing)]]
                place.path_kinds = [*place.path_kinds, ""]
            place.trained = trained.get(id(node.thing), ())
            place.layout = place.layout and id(node) not in as_they_are
            place.key = ways.key_by_number(node)
            if ways.is_optimizers(node):
                place.cls = "@optimizer"
            if id(node) in slots:
                slot = slots[id(node)]
                place.slot, place.slot_of = slot.name, slot.variable
                place.optimizer = slot.optimizer
            found.append(place)
        for variable, name, kept in node.slots:
            if variable in ways and kept.value is not None:
                place = _slot_place(ways.slot_keys(variable, name, node), kept.value, reader)
                place.slot, place.slot_of = name, variable.thing
                place.optimizer = ways.to(node)[0]
                found.append(place)
    found.extend(_state_places(root, ways, reader, found))
    _identity.name_readably(found)
    if reader is not None and reader.kind.startswith("keras"):
        found = as_stored(found, root, reader)
    if not found:
        waits = waiting(root, reader)
        if waits:
            raise not_built(waits)
        thing = type(root.thing).__name__ if root.thing is not None else "object"
        raise _errors.unmet("train/not-built", f"there is no variable below the {thing}",
                            "a Keras model makes its variables when it is called once, or by "
                            "model.build(input_shape)")
    return found


def _state_places(root: Node, ways: Paths, reader: Optional["_core.Reader"],
                  others: Sequence[Place]) -> List[Place]:
    """A place for each tensor that objects which are no variables store, found by its key."""
    for node in objects(root):
        if _frameworks.is_state(node.thing) and not _frameworks.has_saver(node.thing):
            with contextlib.suppress(Exception):  # Whatever it raises; ``notes`` tells of it.
                node.held = Held(node.thing, ways.to(node))
    states = [node for node in objects(root) if node.held is not None]
    if not states:
        return []
    stored = StoredStates(reader)
    all_ways = [way for node in states for way in ways.ways(node)]
    roots = {way[:1] for way in all_ways}
    roots |= {tuple(path.split("/")[:1]) for place in others for path in place.paths}
    found = []
    for node in states:
        held: Held = node.held
        for name in held.names:
            known = stored.find(ways.ways(node), name, all_ways, len(roots) == 1)
            dtype, shape = held.spec(name)
            key, shape = known or (_core.object_key(ways.ways(node)[0], name), shape)
            if known is None and reader is not None and reader.find_key(key) is not None:
                key = ""  # That of another one, whatever it is called.
            found.append(Place(f"{held.path}/{name}" if held.path else name, dtype, shape,
                               held.present, _takes_itself, key=key, identity=held.thing,
                               held=held, held_name=name))
    return found


def _takes_itself(value: Any) -> None:
    raise AssertionError("it takes its state from the file itself")


def notes(root: Node) -> List[str]:
    """What a person should know of an object of which the places are known: states that are
    saved with it and cannot be restored.
    """
    states = [node for node in objects(root)
              if _frameworks.is_state(node.thing) and node.held is None]
    if not states:
        return []
    ways = paths(root)
    kept = [f"{ways.to(node)[0] or 'the root'} ({type(node.thing).__name__})"
            for node in states]
    return [f"not a variable, so it stays as it is: {first_of(kept)}"]


def deriving(root: Node) -> Optional[Callable[[Set[int]], None]]:
    """What has to be done when variables below an object have new values (by ``id``): layers
    that keep what they computed from theirs compute it anew. None if there is no such layer.
    """
    layers = [node for node in objects(root) if _frameworks.derives(node.thing)]
    if not layers:
        return None

    def derive(changed: Set[int]) -> None:
        for layer in layers:
            own = {id(node.thing) for node in nodes(layer) if node.value is not None}
            if own & changed:
                _frameworks.derive(layer.thing, changed)
                above = (node for node in nodes(root)
                         if any(below is layer for below in nodes(node)))
                for node in above:
                    _frameworks.forget_functions(node.thing)

    return derive


def _slot_place(keys: Sequence[str], value: Value, reader: Optional["_core.Reader"]) -> Place:
    """Of the keys that it may have, that of the file counts if it is known."""
    key = keys[0]
    if reader is not None:
        key = next((each for each in keys if reader.find_key(each) is not None), key)
    place = _place(value, _core.object_path(key))
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


def adapted(places: Sequence[Place]) -> List[str]:
    """A note if there are statistics of a Normalization among variables without their layer."""
    known = [place.full_name for place in places if _frameworks.is_named(place.identity)
             and place.full_name.rsplit("/", 1)[-1] in ("mean", "variance")]
    if not known:
        return []
    return [f"if {first_of(known)} belong to a Normalization, layer.finalize_state() makes it "
            "compute with the new values; given the layer itself, Regraft does so"]


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
        place = _place(_value(tensor), path, [path])
        place.full_name = path
        place.layout = len(place.shape) > 1 and name.endswith("weight")
        known = found.setdefault(_frameworks.same_memory(tensor), place)
        if known is not place:
            known.paths = [*known.paths, path]
    return list(found.values())


def holds_objects(thing: Any) -> bool:
    """A list or dict with a model, a layer, a module or a variable in it, however deep."""
    if isinstance(thing, Mapping):
        items: Iterable[Any] = thing.values()
    elif isinstance(thing, (list, tuple)):
        items = thing
    else:
        return False
    return any(_frameworks.is_object(item) or _frameworks.is_named(item) or holds_objects(item)
               for item in items)


def check_tracked(thing: Any, name: str, listed: bool = False) -> None:
    """Raises InvalidArgumentError for what a Checkpoint cannot hold under a keyword; sets and
    views of variables it can if they are only `listed`."""
    if listed and _are_listed(thing):
        return
    stray = _stray(thing, name)
    if stray is not None:
        raise _errors.invalid(
            "train/not-tracked", f"a Checkpoint cannot save or restore everything that {name!r} "
            f"holds: {stray}", "variables, arrays, models, layers, optimizers and modules can be "
            "saved, and lists and dicts of them; a number or a text as tf.Variable or "
            "np.array")


def _are_listed(thing: Any) -> bool:
    """True for a set or a view of variables: they have names, though no places."""
    views = (set, frozenset, ValuesView)
    return isinstance(thing, views) and all(is_variable(item) for item in thing)


def _stray(thing: Any, path: str = "") -> Optional[str]:
    """What a list or dict of objects and variables should not have in it; None if nothing."""
    if is_variable(thing) or _frameworks.is_object(thing):
        return None
    if isinstance(thing, Mapping):
        items: Iterable[Tuple[Any, Any]] = thing.items()
    elif isinstance(thing, (list, tuple)):
        items = enumerate(thing)
    else:
        return f"at {path!r} there is {described(thing)}"
    found = (_stray(item, f"{path}/{name}" if path else str(name)) for name, item in items)
    return next((stray for stray in found if stray is not None), None)
