"""Paths and sources, as they are given in Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List, Mapping, Sequence, Tuple, Union

from . import _core, _errors

if TYPE_CHECKING:
    from ._checkpoint import CheckpointFile

PathLike = Union[str, "os.PathLike[str]"]
Source = Union[PathLike, "CheckpointFile"]
Sources = Union[Source, Sequence[Source], Mapping[str, Union[Source, Tuple[Source, str]]]]


def text_of(path: Any) -> str:
    """A path as text.

    Raises:
        InvalidArgumentError: it is None, which is what ``tf.train.latest_checkpoint`` returns
            where it finds nothing.
    """
    if path is None:
        raise _errors.invalid(
            "train/no-path",
            "the path of the checkpoint is None; TensorFlow would have restored nothing, in "
            "silence",
            "where there may be none yet, as in a program's first run: "
            "manager.restore_or_initialize(); elsewhere regraft.train.latest_checkpoint(), which "
            "takes a folder or a stem, and raises an error that says what is there")
    if isinstance(path, bytes):
        return os.fsdecode(path)
    if not isinstance(path, (str, os.PathLike)):
        raise _errors.invalid("python/path", f"a path is wanted, and this is a "
                              f"{type(path).__name__}", "a str or a pathlib.Path")
    return os.fspath(path)


def reader_of(source: Any, *, verify: bool = True) -> "_core.Reader":
    """The opened checkpoint of a path, or that of a CheckpointFile."""
    opened = getattr(source, "_reader", None)
    if isinstance(opened, _core.Reader):
        return opened
    return _core.Reader.open(text_of(source), verify)


def _scope(name: str) -> str:
    return name if not name or name.endswith("/") else name + "/"


def sources_of(given: Any) -> List[Tuple["_core.Reader", str, str]]:
    """(reader, what is taken below, where it comes) for each source.

    One source, a sequence of them, or a dict {scope in the result: source or (source, scope in
    it)}: ``{"enc": "A", "gen": ("B", "generator")}``.
    """
    if isinstance(given, Mapping) and not hasattr(given, "_reader"):
        out = []
        for to, source in given.items():
            place, below = source if isinstance(source, tuple) else (source, "")
            out.append((reader_of(place), _scope(below), _scope(to)))
        return out
    if isinstance(given, (list, tuple)):
        return [(reader_of(source), "", "") for source in given]
    return [(reader_of(given), "", "")]
