"""Checkpoints seen through layouts, presets and maps of tensors (docs/maps.md)."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from . import _core, _errors
from ._paths import PathLike

Layers = Optional[Mapping[str, str]]
Numbers = Optional[Mapping[str, Union[int, str]]]

_TORCH = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
          "Embedding", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "GroupNorm",
          "RMSNorm", "PReLU", "LSTM", "GRU", "RNN")
_KERAS = ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
          "DepthwiseConv1D", "DepthwiseConv2D", "Embedding", "BatchNormalization",
          "LayerNormalization", "GroupNormalization", "RMSNormalization", "PReLU")
"""Classes whose objects tell what a layer of theirs is in the file. A dense one does not: whether
it is behind a Flatten is not known of the object."""


class View:
    """How a checkpoint is to be seen; the default shows it as it is."""

    def __init__(self, layout: Optional[str], preset: Optional[str],
                 map_file: Optional[PathLike], layers: Layers, numbers: Numbers,
                 reverse: bool) -> None:
        given: Dict[str, Any] = {}
        for name, value in (("layout", layout), ("preset", preset)):
            if value is None:
                continue
            if not isinstance(value, str):
                raise _errors.invalid("map/options", f"{name} is {value!r}, and no name",
                                      "layout='keras->torch', preset='bert-tf1-to-hf'")
            given[name] = value
        if map_file is not None:
            with open(os.fspath(map_file), encoding="utf-8") as file:
                given["map"] = file.read()
        if layers:
            given["layers"] = _pairs("layers", layers)
        if numbers:
            given["set"] = _pairs("numbers", numbers)
        if reverse:
            given["reverse"] = True
        self._given = given

    def __bool__(self) -> bool:
        return bool(self._given)

    def see(self, reader: "_core.Reader", into: Any = None) -> "_core.Reader":
        """The reader through the view. `into`: a live object whose layers tell what they are."""
        if not self._given:
            return reader
        given = dict(self._given)
        if "layout" in given and into is not None:
            given["hints"] = _hints(into)
        return reader.see(**given)


NONE = View(None, None, None, None, None, False)


def _pairs(argument: str, given: Any) -> List[Tuple[str, str]]:
    if not isinstance(given, Mapping):
        raise _errors.invalid("map/options", f"{argument} is a {type(given).__name__}",
                              "a dict: layers={'dense': 'flatten 7 7 64'}, numbers={'heads': 12}")
    return [(str(name), str(value)) for name, value in given.items()]


def _class(value: Any, known: Tuple[str, ...]) -> Optional[str]:
    for base in type(value).__mro__:
        if base.__name__ in known and base.__module__.split(".")[0] in ("torch", "keras",
                                                                        "tf_keras", "tensorflow"):
            return base.__name__
    return None


def _hints(into: Any) -> List[Tuple[str, str]]:
    """What the layers of a live model are, by their names."""
    out: List[Tuple[str, str]] = []
    modules = getattr(into, "named_modules", None)
    # A model of Keras is a module of torch as well where torch computes for it.
    of_keras = any(base.__module__.split(".")[0] in ("keras", "tf_keras")
                   for base in type(into).__mro__)
    if callable(modules) and not of_keras:
        for name, module in modules():
            found = _class(module, _TORCH)
            if found in ("Conv1d", "Conv2d") and module.groups > 1 and (
                    module.groups == module.in_channels):
                found = f"DepthwiseConv{found[4]}D"
            if found is not None and name:
                out.append((name, found))
        return out
    for layer in getattr(into, "layers", None) or ():
        found = _class(layer, _KERAS)
        name = getattr(layer, "name", None)
        if found is not None and isinstance(name, str):
            out.append((name, found))
    return out


class Presets(Dict[str, Dict[str, Any]]):
    """What each preset is from, to and about, by name."""

    def __str__(self) -> str:
        return _core.presets_text().rstrip("\n")


def presets(name: Optional[str] = None) -> Union[Presets, str]:
    """The maps of tensors that come along; with a name, that one as the text of a map file.

    Raises:
        NameNotFoundError: there is no preset of the name.
    """
    if name is not None:
        return _core.preset_text(name)
    rows = json.loads(_core.presets_json())["presets"]
    return Presets({row.pop("name"): row for row in rows})
