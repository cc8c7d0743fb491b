"""Checkpoints as they are given in Python: by a path, or opened."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple, Union

from . import _core
from ._checkpoint import CheckpointFile
from ._paths import PathLike, text_of
from ._views import NONE, View

Source = Union[PathLike, CheckpointFile]
Sources = Union[Source, Sequence[Source], Mapping[str, Union[Source, Tuple[Source, str]]]]


def reader_of(source: Any, *, verify: bool = True, view: View = NONE,
              into: Any = None) -> "_core.Reader":
    """The opened checkpoint of a path, or that of a CheckpointFile, as it is to be seen."""
    if isinstance(source, CheckpointFile):
        return view.see(source._opened.reader, into)
    return view.see(_core.Reader.open(text_of(source), verify), into)


def seen_through_map(given: Any, view: View) -> bool:
    """Whether any of the sources is not as it is in its file."""
    if view:
        return True
    if isinstance(given, CheckpointFile):
        return given._seen
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, (list, tuple)):
        return False
    return any(seen_through_map(source, view) for source in given)


def _scope(name: str) -> str:
    return name if not name or name.endswith("/") else name + "/"


def sources_of(given: Any, view: View = NONE) -> List[Tuple["_core.Reader", str, str]]:
    """(reader, what is taken below, where it comes) for each source.

    One source, a sequence of them, or a dict {scope in the result: source or (source, scope in
    it)}: ``{"enc": "A", "gen": ("B", "generator")}``.
    """
    if isinstance(given, Mapping) and not isinstance(given, CheckpointFile):
        out = []
        for to, source in given.items():
            place, below = source if isinstance(source, tuple) else (source, "")
            out.append((reader_of(place, view=view), _scope(below), _scope(to)))
        return out
    if isinstance(given, (list, tuple)):
        return [(reader_of(source, view=view), "", "") for source in given]
    return [(reader_of(given, view=view), "", "")]
