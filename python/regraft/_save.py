"""Writing tensors and objects."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from . import _collect, _core, _errors, _frameworks, _objects, _pytrees, _states, _values
from ._paths import PathLike, text_of

Node = Tuple[List[Tuple[str, int]], List[Tuple[str, str]], List[Tuple[int, str, int]]]
"""(edges as (name, node), attributes as (name, full name), slots as (variable, name, slot))."""


def save(path: PathLike, what: Any, *, overwrite: bool = False,
         max_shard_bytes: int = 0, data_alignment: int = 1) -> str:
    """Writes a checkpoint of exactly this prefix, that TensorFlow reads as its own.

    A dict of names and arrays (or what ``regraft.open`` gave) becomes a checkpoint of these
    names, a tree of arrays one of their paths (``params/dense/kernel``). An object (a model, a
    layer, an optimizer, a module, a Checkpoint) becomes one with an object graph, as
    ``tf.train.Checkpoint(root).write`` makes it, and a dict of objects as
    ``tf.train.Checkpoint(**objects)`` does; with Keras 3 the layers in lists and dicts are in
    it, which TensorFlow leaves out.

    Files appear whole or not at all. Returns the prefix.

    Raises:
        UnmetError: there is nothing to save.
        InvalidArgumentError: something in it cannot be saved, and where it is.
        UnsupportedError: an object refuses to be saved, and which.
        SystemIOError: there is a checkpoint of this prefix and ``overwrite`` is False; or
            the system refused.
    """
    options = {"overwrite": overwrite, "max_shard_bytes": max_shard_bytes,
               "data_alignment": data_alignment}
    prefix = text_of(path)
    tensors = _tensors(what)
    if tensors is not None:
        return _core.write_tensors(
            prefix, ((name, _value_at(name, leaf)) for name, leaf in tensors), options)
    return write_nodes(prefix, *_nodes_of(what), options)


def _tensors(what: Any) -> Optional[List[Tuple[str, Any]]]:
    """Names and arrays; None for what is saved as objects.

    Raises:
        UnmetError: there is none.
        InvalidArgumentError: a name twice, or something that is no array.
    """
    if isinstance(what, Mapping) and all(isinstance(name, str) and _is_array(item)
                                         for name, item in what.items()):
        found = list(what.items())
    elif _collect.is_variable(what) or _frameworks.is_object(what) or _holds_variables(what):
        return None
    else:
        leaves = None if what is None else _pytrees.leaves(what, _is_list_of_numbers)
        if leaves is None:
            raise _errors.invalid(
                "python/target", f"{_collect.described(what)} cannot be saved",
                "a dict {'name': array}, a model, a module, or a tree of arrays")
        found = [(name, leaf) for name, leaf in leaves if leaf is not None]
    if not found:
        raise _errors.unmet("train/nothing-to-save", "there is no array in it, so nothing would "
                            "be saved", "a filter may have left nothing over")
    seen = set()
    for name, leaf in found:
        if not _is_array(leaf):
            raise _cannot_be_saved(name, leaf)
        if name in seen:
            raise _errors.invalid("train/name-twice", f"two arrays would be called {name!r}",
                                  "a name with a '/' looks like a path: rename one of them")
        seen.add(name)
    return found


def _holds_variables(what: Any) -> bool:
    """True for a list of variables or arrays, and for a tree with an object in it."""
    listed = isinstance(what, (list, tuple)) and bool(what)
    return (listed and all(map(_collect.is_variable, what))) or _collect.holds_objects(what)


def _is_array(item: Any) -> bool:
    """True for what NumPy makes an array of numbers or texts of."""
    return (_is_list_of_numbers(item) or isinstance(item, _SCALARS)
            or hasattr(item, "__array__") or _frameworks.is_variable(item))


def _is_list_of_numbers(item: Any) -> bool:
    """True for a list of Python's own numbers or texts, or of such lists."""
    return isinstance(item, (list, tuple)) and bool(item) and all(
        isinstance(each, _SCALARS) or _is_list_of_numbers(each) for each in item)


_SCALARS = (bool, int, float, complex, str, bytes)


def _cannot_be_saved(name: str, item: Any) -> _errors.RegraftError:
    return _errors.invalid("python/dtype", f"at {name!r} there is a {type(item).__name__}, which "
                           "cannot be saved", "arrays of numbers, or of bytes or str for strings")


def _value_at(name: str, item: Any) -> _values.Raw:
    value = _frameworks.value_of(item)
    try:
        return _values.value_of(item if value is None else value.read())
    except (TypeError, ValueError) as error:
        if getattr(error, "slug", "python/dtype") != "python/dtype":
            raise
        raise _cannot_be_saved(name, item) from error


def _nodes_of(what: Any) -> Tuple[List[Node], List[Any]]:
    if hasattr(type(what), "_regraft_nodes"):  # A Checkpoint of regraft.train.
        return what._regraft_nodes()  # type: ignore[no-any-return]
    if _frameworks.is_object(what) or not _objects.is_map(what):
        return flatten(_objects.tree(what))
    for name, item in what.items():
        _collect.check_tracked(item, name)
    builder = _objects.Builder()
    top = _objects.Node([(name, builder.node(what[name])) for name in sorted(what)])
    builder.add_slots()
    return flatten(top)


def flatten(root: Any) -> Tuple[List[Node], List[Any]]:
    """A tree of live objects as numbered nodes, the root first, and what is stored of each
    node: its value, its state (``_states.Stored``) or None.

    Raises:
        UnsupportedError: an object whose state cannot be saved.
    """
    order: List[Any] = []
    numbers: Dict[int, int] = {}

    def number(node: Any) -> int:
        known = numbers.get(id(node))
        if known is None:
            known = numbers[id(node)] = len(order)
            order.append(node)
        return known

    number(root)
    nodes: List[Node] = []
    at = 0
    while at < len(order):
        node = order[at]
        edges = [(name, number(child)) for name, child in node.edges]
        slots = [(number(variable), name, number(slot)) for variable, name, slot in node.slots]
        nodes.append((edges, [], slots))
        at += 1
    values = [node.value for node in order]
    for at, state in _states_of(root, order):
        values[at] = state
    for (_, attributes, _), value in zip(nodes, values):
        if isinstance(value, _states.Stored):
            attributes.extend((name, "") for name in value.attributes)
        elif value is not None:
            attributes.append((_core.VALUE_ATTRIBUTE, value.full_name))
    return nodes, values


def _states_of(root: Any, order: Sequence[Any]) -> List[Tuple[int, _states.Stored]]:
    """States of objects that are no variables, by the numbers of their nodes."""
    held = [at for at, node in enumerate(order)
            if node.value is None and _frameworks.is_state(node.thing)]
    if not held:
        return []
    ways = _objects.paths(root)
    found = ((at, _states.stored(order[at].thing, ways.to(order[at])[0]))
             for at in held)
    return [(at, state) for at, state in found if state.attributes]


class _Counter:
    full_name = "save_counter"


COUNTER = _Counter()
"""The value of the node that counts saves."""


def stored(value: Any, attribute: int, count: int) -> List[_states.StoredPart]:
    """What is stored for an attribute of a node."""
    import numpy as np

    if isinstance(value, _states.Stored):
        return value.parts[attribute]
    if value is COUNTER:
        return [("", _values.value_of(np.asarray(count, np.int64)), None)]
    if value.slices is None:
        return [("", _values.value_of(value.read()), None)]
    return [("", (value.dtype, list(value.shape), _values.value_of(array)[2]), ranges)
            for ranges, array in value.slices()]


def write_nodes(path: str, nodes: Sequence[Node], values: Sequence[Any],
                options: Dict[str, Any], count: int = 0) -> str:
    """Writes numbered nodes and their values.

    Raises:
        UnmetError: there is no value at all.
    """
    check_anything(values)
    return _core.write_objects(
        path, nodes, lambda index, attribute: stored(values[index], attribute, count), options)


def check_anything(values: Sequence[Any]) -> None:
    if all(value is None or value is COUNTER for value in values):
        raise _errors.unmet(
            "train/nothing-to-save",
            "there is no variable below the object, so nothing would be saved",
            "a Keras model makes its variables when it is called once, or by "
            "model.build(input_shape)")
