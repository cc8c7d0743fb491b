"""Where a file of Keras' own (``.keras``, ``.weights.h5``) keeps the variables of a model."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from .. import _core
from ._edges import is_optimizer

_SPELLING = ("layers", "_layer_checkpoint_dependencies", "layer", "cell")
"""Parts of a place that say nothing: as formats/keras has them."""


class Stored(NamedTuple):
    """A way to a variable, ``layers/dense_1/kernel``, and the kinds of its parts in letters."""

    path: str
    kinds: str


def stored(root: Any, kind: str) -> Dict[int, List[Stored]]:
    """The ways in a file of a kind, by the ``id`` of the variable: by its name, and by its position
    in its layer, which is what a file tells of a layer that it does not know. Empty for what is
    no layer.

    Objects are visited as Keras visits them when it saves, for the first way to one is the way
    that counts.
    """
    if kind == "keras-legacy":
        return _in_rows(root)
    library = _library(root)
    return {} if library is None else _Walk(library).run(root)


def _in_rows(model: Any) -> Dict[int, List[Stored]]:
    """The ways in a file of Keras 1 and 2: a model's layers in a row, and below a layer the names
    of its variables, as formats/keras has them.
    """
    found: Dict[int, List[Stored]] = {}
    layers = getattr(model, "layers", None)
    if not isinstance(layers, (list, tuple)):
        return found
    place = 0
    for layer in layers:
        variables = getattr(layer, "weights", [])
        for variable in variables:
            parts = getattr(variable, "path", variable.name).split(":")[0].split("/")
            if layer.name in parts[:-1]:
                parts = parts[parts.index(layer.name) + 1:]
            kinds = "".join("n" if _core.is_automatic_name(part) else "g" for part in parts[:-1])
            found.setdefault(id(variable), [Stored(
                "/".join(("layers", str(place), *parts)), f"sp{kinds}g")])
        place += bool(variables)
    return found


class _Library(NamedTuple):
    """What the Keras of a layer does when it saves."""

    walk: Callable[[Any], Iterator[Tuple[str, Any]]]
    """The attributes of an object in the order of the visit."""
    is_saved: Callable[[Any], bool]
    counts_known: bool
    """An object in a container that was visited before takes a number all the same."""
    nests: bool
    """It saves what containers in containers have."""


def _library(root: Any) -> Optional[_Library]:
    """None for what is no layer of a Keras that saves so."""
    names = [cls.__module__.split(".")[0] for cls in type(root).__mro__]
    package = next((name for name in names if name in ("keras", "tf_keras")), None)
    if package is None or not hasattr(root, "save_own_variables"):
        return None
    library: Any = sys.modules.get(f"{package}.src.saving.saving_lib")
    if hasattr(library, "_walk_trackable") and hasattr(library, "_is_keras_trackable"):
        return _Library(library._walk_trackable, library._is_keras_trackable, False,
                        _nests(library))
    saveable = getattr(sys.modules.get(f"{package}.src.saving.keras_saveable"),
                       "KerasSaveable", None)
    if saveable is None or not hasattr(library, "_walk_saveable"):
        return None
    return _Library(library._walk_saveable, lambda thing: isinstance(thing, saveable), True,
                    _nests(library))


def _nests(library: Any) -> bool:
    save = getattr(library, "_save_container_state", None)
    return save is not None and "visited_containers" in inspect.signature(save).parameters


class _Walk:
    def __init__(self, library: _Library) -> None:
        self._library = library
        self._seen: Set[int] = set()
        self._found: Dict[int, List[Stored]] = {}

    def run(self, root: Any) -> Dict[int, List[Stored]]:
        self._object(root, (), "")
        return self._found

    def _object(self, thing: Any, way: Tuple[str, ...], kinds: str) -> None:
        if id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        if is_optimizer(thing):
            return  # Its variables are slots, and found by what they belong to.
        for number, variable in enumerate(_own_variables(thing)):
            name = variable.name.split("/")[-1].split(":")[0]
            self._found[id(variable)] = [
                Stored("/".join((*way, name)), kinds + "g"),
                Stored("/".join((*way, str(number))), kinds + "p")]
            if name == "depthwise_kernel" and number == 0 and _is_depthwise(thing):
                self._found[id(variable)].append(
                    Stored("/".join((*way, "kernel")), kinds + "g"))  # As Keras 3 calls it.
        for name, child in self._library.walk(thing):
            kind = "s" if name in _SPELLING else "g"
            if self._library.is_saved(child):
                self._object(child, (*way, name), kinds + kind)
            elif isinstance(child, (list, dict, tuple)):
                self._container(child, (*way, name), kinds + kind, set())

    def _container(self, container: Any, way: Tuple[str, ...], kinds: str,
                   inside: Set[int]) -> None:
        if id(container) in inside:
            return
        inside.add(id(container))
        used: Dict[str, int] = {}

        def counted(name: str) -> str:
            used[name] = used.get(name, -1) + 1
            return f"{name}_{used[name]}" if used[name] else name

        for child in container.values() if isinstance(container, dict) else container:
            if self._library.is_saved(child):
                if id(child) in self._seen and not self._library.counts_known:
                    continue
                name = counted(_snake_case(type(child).__name__))
                self._object(child, (*way, name), kinds + "p")
            elif self._library.nests and isinstance(child, (list, dict, tuple)):
                self._container(child, (*way, counted("container")), kinds + "s", inside)


def _is_depthwise(layer: Any) -> bool:
    return any(cls.__name__.startswith("DepthwiseConv") for cls in type(layer).__mro__)


def _own_variables(layer: Any) -> List[Any]:
    """In the order in which it saves them."""
    for kind in ("variables", "weights"):  # Keras 3, Keras 2.
        trained = getattr(layer, f"_trainable_{kind}", None)
        others = getattr(layer, f"_non_trainable_{kind}", None)
        if isinstance(trained, list) and isinstance(others, list):
            return [*trained, *others]
    return []


def _snake_case(name: str) -> str:
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
