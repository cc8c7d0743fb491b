"""``tf.train.Checkpoint``, doing what it says."""

from __future__ import annotations

import collections
from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Tuple

from .. import _core, _errors, _frameworks, _save
from .._collect import (
    adapted,
    check_once,
    check_tracked,
    deriving,
    empty,
    is_variable,
    list_places,
    map_places,
    notes,
    short_names,
    tree_places,
)
from .._frameworks._value import Value
from .._objects import Builder, Node, nodes
from .._paths import PathLike, text_of
from .._pause import collector_paused
from .._place import SHOWN, Place
from .._places import Places
from .._progress import Progress
from .._restore import plan_places
from .._rules import rules
from .._sources import reader_of
from .._waiting import ready, unfinished, waiting
from ._pending import Pending
from ._status import RestoreStatus

_COUNTER = "save_counter"
_COUNTER_KEY = _core.SAVE_COUNTER_KEY


class SaveCounter:
    """How often a checkpoint has been saved."""

    def __init__(self) -> None:
        self.value = 0
        self.counting = False  # It is part of what is saved since the first save or restore.
        self.continues = False  # Its value is that of a file.

    def _regraft_value(self) -> Value:
        """As a part of another checkpoint."""
        import numpy as np

        return Value(self, _COUNTER, "int64", (), lambda: np.asarray(self.value, np.int64),
                     self.assign)

    def numpy(self) -> int:
        return self.value

    def assign(self, value: Any) -> None:
        self.value = int(value)

    def assign_add(self, more: Any) -> None:
        self.value += int(more)

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __eq__(self, other: object) -> bool:
        return self.value == other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<save_counter {self.value}>"


class Checkpoint:
    """A group of objects and variables that is saved and restored together.

    Each keyword holds one of

    - a list of variables: exactly these are restored, each found by its own names (TensorFlow
      restores none of them, in silence);
    - a variable: it takes the value that the checkpoint calls by the keyword, in any spelling;
    - a dict of names and variables: the same for each pair;
    - an object (a model, a layer, an optimizer, another Checkpoint, a list or dict of them):
      everything below it, at the edge that the keyword names.

    With an object goes what TensorFlow stores of it beside variables: the content of lookup
    tables, places in datasets, Python state. Anything else (a number, a text, an object that
    nothing tracks) is an error that names the keyword.

    ``root`` is an object whose own edges are those of the checkpoint. As in TensorFlow the
    keywords are attributes, and attributes that are set later are tracked, too.

    Saved, the edges are TensorFlow's. With Keras 3 the layers in lists and dicts are saved
    and restored as well, which TensorFlow leaves out.
    """

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        self._root = root
        self._counter = SaveCounter()
        self._savable = _Savable(self)
        self._pending: List[Pending] = []
        self._none_yet = ""  # The folder of a manager that has said that it has none.
        for name in sorted(kwargs):
            if hasattr(type(self), name):
                raise _errors.invalid("train/bad-name", f"{name!r} cannot be a keyword: it is "
                                      "something that a Checkpoint has", "take another name")
            check_tracked(kwargs[name], name, listed=True)
            setattr(self, name, kwargs[name])

    @property
    def save_counter(self) -> SaveCounter:
        return self._counter

    def _held(self) -> Dict[str, Any]:
        """What it holds, by keyword."""
        return {name: value for name, value in self.__dict__.items()
                if name not in ("_root", "_counter", "_savable", "_pending", "_none_yet")}

    def _items(self, listed: bool = False) -> Dict[str, Any]:
        """The same, checked. Sets of variables have no order, so that they can be listed for a
        restore, and not be saved.

        Raises:
            InvalidArgumentError: something of it cannot be tracked.
        """
        items = self._held()
        for name, value in items.items():
            check_tracked(value, name, listed)
        return items

    # Restoring

    def restore(self, save_path: Optional[PathLike], options: Any = None, *,
                when_built: bool = True, progress: Progress = None, **how: Any) -> RestoreStatus:
        """Restores all that is asked, or nothing, of what each keyword holds: now, if it has its
        variables. The save counter goes on from that of the file, unless lists of variables are
        all that is held.

        A model of Keras that has not been called yet has none. It is restored as soon as it
        makes them, within its first call or ``build`` and before anything is computed with
        them; its optimizer along with it. Until then ``status.done`` is False, the optimizer
        refuses to step and ``save`` to save; a restore that is never finished is warned of.

        Args:
            save_path: Anything that ``regraft.open`` accepts; None, which is what
                ``tf.train.latest_checkpoint`` returns for a stem, is an error, unless it is
                what a CheckpointManager of this checkpoint has just returned and something is
                not built yet: then it is the first run of a program, and nothing happens.
            options: There for TensorFlow's sake.
            when_built: False to wait for nothing: what is not built is an error then.
            how: The rules of ``regraft.restore``: ``include``, ``exclude``, ``map``,
                ``missing="keep"`` …

        Raises:
            UnmetError and others: as ``regraft.restore``; the call that builds a model raises
                what its restore meets.
        """
        if save_path is None and self._none_yet and unfinished(self._tree(self._objects())):
            status = RestoreStatus()
            status._nothing = f"there is no checkpoint in {self._none_yet} yet"
            return status
        return self._restore(reader_of(save_path), how, progress, counts=True, waits=when_built)

    def read(self, save_path: Optional[PathLike], options: Any = None, *,
             when_built: bool = True, progress: Progress = None, **how: Any) -> RestoreStatus:
        """The same for the exact prefix that ``write`` or ``save`` returned; the save counter
        stays as it is.

        Raises:
            InvalidArgumentError: the path is something else.
        """
        path = text_of(save_path)
        reader = reader_of(path)
        if reader.prefix != path:
            raise _errors.invalid(
                "train/not-a-prefix", f"{path!r} is not the prefix of a checkpoint",
                f"read({reader.prefix!r}), or restore(), which takes any path",
                [("it leads to", reader.prefix)])
        return self._restore(reader, how, progress, counts=False, waits=when_built)

    def _restore(self, reader: "_core.Reader", how: Dict[str, Any], progress: Progress,
                 counts: bool, waits: bool, managed: bool = False) -> RestoreStatus:
        self._check_items(reader)
        given = rules(**how)
        takes_count = managed or not self._holds_only_lists()
        count = None
        if takes_count and (counts or self._counter.counting):
            count = _stored_count(reader)
        if waits:
            self._pending = [each for each in self._pending if not each.status.done]
            pending = Pending(self, reader, given, progress)
            status = pending.status
            pending.advance()
            if not status.done:
                self._pending.append(pending)
        else:
            with collector_paused():
                places = ready(lambda: self._regraft_places(reader), reader, given)
                report = plan_places(reader, places, given, progress).apply()
            status = RestoreStatus(report._core)
            status._own_notes, status.tree = report._own_notes, report.tree
        if counts and takes_count:
            self._counter.counting = True
        if count is not None:
            self._counter.value, self._counter.counting = count, True
            self._counter.continues = True
        return status

    def _holds_only_lists(self) -> bool:
        """True if it but picks variables, as no checkpoint of TensorFlow does."""
        return self._root is None and not any(
            is_variable(item) or isinstance(item, Mapping) or not _are_variables(item)
            for item in self._items(listed=True).values())

    def _check_items(self, reader: "_core.Reader") -> None:
        items = self._items(listed=True)
        if not items and self._root is None:
            raise _empty("map", "", reader)
        for name, value in items.items():
            if isinstance(value, (list, tuple, Mapping)) and len(value) == 0:
                kind = "map of names" if isinstance(value, Mapping) else "list of variables"
                raise _empty(kind, name, reader)

    def _objects(self) -> Dict[str, Any]:
        """What is held and has variables below it, but is neither a variable nor a list or a
        dict of them.
        """
        return {name: value for name, value in self._items(listed=True).items() if not (
            is_variable(value) or _are_variables(value)
            or (isinstance(value, Mapping) and _are_variables(value.values())))}

    def _regraft_places(self, reader: "_core.Reader") -> Places:
        """Every place, and what has no variables yet."""
        objects = self._objects()
        listed: List[Place] = []
        for name, value in self._held().items():
            if name in objects:
                continue
            if is_variable(value):
                listed.extend(map_places({name: value}))
            elif isinstance(value, Mapping):
                listed.extend(_mapped_as(name, map_places(value), reader))
            else:
                listed.extend(_listed_as(name, list_places(value), reader))
        said = [*short_names(listed), *adapted(listed)]
        if not objects and self._root is None:
            return Places(_once(listed, []), into=self, notes=said)
        top = self._tree(objects)
        waits = waiting(top, reader)
        some = any(node.value is not None or _frameworks.is_state(node.thing)
                   for node in nodes(top))
        below = tree_places(top, reader) if some or not waits else []
        if self._root is None:
            for place in below:
                place.root = "first"
        return Places(_once(listed, below), into=self, notes=[*said, *notes(top)],
                      derive=deriving(top), waiting=waits)

    def _tree(self, items: Mapping[str, Any]) -> Node:
        """The root with an edge for each of the items."""
        builder = Builder()
        top = Node() if self._root is None else builder.node(self._root)
        keywords = [(name, builder.node(items[name])) for name in items]
        builder.add_slots()
        known = dict(top.edges)
        for name, child in keywords:
            if known.setdefault(name, child) is not child:
                raise _errors.invalid(
                    "train/name-twice", f"the edge {name!r} would lead to two different things",
                    "a checkpoint knows what is below an object by its edges: give each its own")
        top.edges = list(known.items())
        return top

    def _regraft_edges(self) -> List[Tuple[str, Any]]:
        """What it leads to as a part of another: as TensorFlow has it."""
        edges = list(self._items().items())
        if self._root is not None:
            edges = [("_root", self._root), *sorted([*edges, ("root", self._root)],
                                                    key=lambda edge: edge[0])]
        if self._counter.counting:
            edges.append((_COUNTER, self._counter))
        return edges

    # Saving

    def save(self, file_prefix: PathLike, options: Any = None) -> str:
        """Writes ``<file_prefix>-<N>``, N one more than the last save, and makes the folder's
        ``checkpoint`` file name it. Returns that path. Files appear whole or not at all.
        """
        return _core.save_numbered(self._savable, text_of(file_prefix), {})

    def write(self, file_prefix: PathLike, options: Any = None, *,
              overwrite: bool = True) -> str:
        """Writes a checkpoint of exactly this prefix: no counting, no state file."""
        path = text_of(file_prefix)
        nodes, values = self._regraft_nodes()
        return _save.write_nodes(path, nodes, values, {"overwrite": overwrite}, self._counter.value)

    def _regraft_nodes(self) -> Tuple[List[_save.Node], List[Any]]:
        return self._nodes(self._counter.counting)

    def _nodes(self, with_counter: bool) -> Tuple[List[_save.Node], List[Any]]:
        """What is saved, as numbered nodes and their values.

        Raises:
            UnmetError: a restore waits, so that not all that would be saved is restored.
        """
        for pending in list(self._pending):
            pending.status.finish()
        items = self._items()
        top = self._tree(items)
        if self._root is not None:
            # Among the keywords by its name, after the edges that the root has of its own.
            own = len(top.edges) - len(items)
            edges = sorted([*top.edges[own:], ("root", top)], key=lambda edge: edge[0])
            top.edges = [*top.edges[:own], *edges]
        if with_counter:
            top.edges.append((_COUNTER, Node([], _save.COUNTER)))
        return _save.flatten(top)


class _Savable:
    """A Checkpoint as the library saves it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    def saves(self) -> int:
        return self._checkpoint._counter.value

    def set_saves(self, count: int) -> None:
        self._checkpoint._counter.value = count
        self._checkpoint._counter.counting = True

    def continues(self) -> bool:
        return self._checkpoint._counter.continues

    def objects(self, count: int) -> Tuple[Any, Any]:
        nodes, values = self._checkpoint._nodes(True)
        _save.check_anything(values)
        return nodes, lambda index, attribute: _save.stored(values[index], attribute, count)


def _are_variables(things: Any) -> bool:
    things = list(things) if isinstance(things, Collection) else []
    return bool(things) and all(is_variable(thing) for thing in things)


def _listed_as(keyword: str, places: List[Place], reader: "_core.Reader") -> List[Place]:
    """In a file that was saved with this list, the number of a variable tells it from others
    of its name: TensorFlow calls all unnamed ones ``Variable``. A name of its own tells more,
    since lists that are filtered differ in numbers."""
    if reader.find_key(_core.value_key((keyword, "0"))) is None:
        return places
    names = collections.Counter(reader.entry(i).full_name for i in range(len(reader)))
    for number, place in enumerate(places):
        if names[place.full_name] != 1:
            place.paths = [f"{keyword}/{number}"]
    return places


def _mapped_as(keyword: str, places: List[Place], reader: "_core.Reader") -> List[Place]:
    """In a file that was saved with this dict its names are those below the keyword."""
    keys = [_core.value_key((keyword, place.mapped_from)) for place in places]
    if all(reader.find_key(key) is not None for key in keys):
        for place, key in zip(places, keys):
            place.mapped_from = key
    return places


def _once(listed: List[Place], below: Sequence[Place]) -> List[Place]:
    """A variable that is listed itself and below an object is one place, with what the list
    says."""
    check_once(listed)
    by_identity = {id(place.identity): place for place in listed}
    out = list(listed)
    for place in below:
        known = by_identity.get(id(place.identity))
        if known is None:
            out.append(place)
        else:
            known.paths = [*known.paths, *place.paths]
            known.path_kinds = [*([""] * (len(known.paths) - len(place.paths))), *place.path_kinds]
            known.root, known.name_kinds = place.root, place.name_kinds
    return out


def _empty(what: str, keyword: str, reader: "_core.Reader") -> _errors.RegraftError:
    at = f" under {keyword!r}" if keyword else ""
    names = []
    for index in range(len(reader)):
        entry = reader.entry(index)
        if entry.cls in ("@weights", "@bn-stats"):
            name = entry.paths[0] if entry.paths else entry.key
            full = entry.full_name
            names.append(name if not full or full == name else f"{name} ({full})")
    details = [("in the file", name) for name in names[:SHOWN]]
    if len(names) > SHOWN:
        details.append(("", f"and {len(names) - SHOWN} more"))
    return empty(what + at, details)


def _stored_count(reader: "_core.Reader") -> Optional[int]:
    index = reader.find_key(_COUNTER_KEY)
    if index is None or reader.entry(index).dtype != "int64":
        return None
    return int(reader.read(index).view("int64")[0])
