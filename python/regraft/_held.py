"""States of TensorFlow's objects (``_frameworks._states``), restored."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from . import _core, _errors, _frameworks
from ._frameworks._states import Part, State
from ._states import named, refused

Path = Tuple[str, ...]


class Held:
    """An object whose state is to be restored, with the keys that it may have."""

    def __init__(self, thing: Any, ways: Sequence[str]) -> None:
        self.thing, self.ways, self.path = thing, ways, ways[0]
        self.state: State = _frameworks.state_of(thing, present=False)
        self.names = list(dict.fromkeys(self.name_of(part) for part in self.state.parts))
        """What a key of it has after ``/.ATTRIBUTES/``."""

    def name_of(self, part: Part) -> str:
        attribute = self.state.attributes[part.attribute]
        return _core.escape_edge(attribute) + part.ending

    def spec(self, name: str) -> Tuple[str, Tuple[int, ...]]:
        """Type and shape of what it has under a name now."""
        part = next(part for part in self.state.parts if self.name_of(part) == name)
        return part.dtype.name, () if part.tensor is None else tuple(part.tensor.shape)

    def read(self, prefix: str, keys: Mapping[str, str]) -> List[Any]:
        """The tensors that a checkpoint has for its parts; `keys` are those of its names.

        Raises:
            UnmetError: some are to be restored, and some not.
            UnsupportedError: TensorFlow cannot read them.
        """
        left = [name for name in self.names if name not in keys]
        if left:
            raise _errors.unmet(
                "train/part-of-object", f"{named(self.thing, self.path)} would get "
                f"{', '.join(keys)} without {', '.join(left)}",
                f"its parts belong together: exclude={self.path + '/*'!r} leaves all of them out")
        parts = self.state.parts
        try:
            return list(sys.modules["tensorflow"].raw_ops.RestoreV2(
                prefix=prefix, tensor_names=[keys[self.name_of(part)] for part in parts],
                shape_and_slices=[part.slice_spec for part in parts],
                dtypes=[part.dtype for part in parts]))
        except Exception as error:
            raise refused(self.thing, self.path, "cannot be read by TensorFlow", error) from error

    def present(self) -> Optional[List[Any]]:
        """What it holds now; None if it cannot tell."""
        try:
            return [part.tensor for part in _frameworks.state_of(self.thing).parts]
        except Exception:  # Whatever an object of the user raises before it is filled.
            return None

    def take(self, tensors: List[Any]) -> None:
        try:
            self.state.take(tensors)
        except Exception as error:
            raise refused(self.thing, self.path, "does not take what is stored", error) from error


class Exchange:
    """States that change together with variables: all of them, or none."""

    def __init__(self, parts: Iterable[Tuple[Held, str, str]], prefix: str) -> None:
        """Reads what each (object, name of a part, key in the checkpoint) shall have."""
        wanted: Dict[int, Tuple[Held, Dict[str, str]]] = {}
        for held, name, key in parts:
            wanted.setdefault(id(held), (held, {}))[1][name] = key
        self._new = [(held, held.read(prefix, keys)) for held, keys in wanted.values()]
        self._before: List[Tuple[Held, Optional[List[Any]]]] = []

    def run(self) -> None:
        for held, tensors in self._new:
            self._before.append((held, held.present()))
            held.take(tensors)

    def undo(self) -> None:
        for held, before in reversed(self._before):
            if before is not None:
                # That which has failed may fail again, and keeps no other from going back.
                with contextlib.suppress(_errors.RegraftError):
                    held.take(before)


class StoredStates:
    """Where a file has states of objects."""

    def __init__(self, reader: Optional["_core.Reader"]) -> None:
        self._found: Dict[str, List[Tuple[Path, str, Tuple[int, ...]]]] = {}
        roots = set()
        for index in range(0 if reader is None else len(reader)):
            assert reader is not None
            entry = reader.entry(index)
            edges, name = _core.split_key(entry.key) or ((), _core.VALUE_ATTRIBUTE)
            if name != _core.VALUE_ATTRIBUTE:
                self._found.setdefault(name, []).append((edges, entry.key, entry.shape))
                roots.add(edges[:1])
            elif entry.cls in ("@weights", "@bn-stats"):
                roots.update(tuple(each.split("/")[:1]) for each in entry.paths)
        self._has_root = len(roots) == 1

    def find(self, ways: Sequence[Path], name: str, all_ways: Sequence[Path],
             has_root: bool) -> Optional[Tuple[str, Tuple[int, ...]]]:
        """Key and shape of what is stored under one of these paths; where none is, under one
        that differs in the root, which the side has to have, if it is left out: `has_root` says
        it of the program. A number in a list counts only if the file has states at the same
        numbers as the program, whose paths are `all_ways`.
        """
        rows = self._found.get(name, ())
        fits = [row for row in rows if row[0] in ways]
        if not fits:
            bare = {way[1:] for way in ways if has_root}
            fits = [row for row in rows if row[0] in bare or (
                self._has_root and (row[0][1:] in ways or row[0][1:] in bare))]
        stored = [edges for found in self._found.values() for edges, _, _ in found]
        fits = [row for row in fits if any(
            _numbered_alike(row[0], stored, way, all_ways) for way in ways)]
        return fits[0][1:] if len(fits) == 1 else None


def _numbered_alike(stored_way: Path, all_stored: Sequence[Path], way: Path,
                    all_ways: Sequence[Path]) -> bool:
    return all(_numbers(stored_way[:-at], all_stored) == _numbers(way[:-at], all_ways)
               for at in range(1, min(len(stored_way), len(way)) + 1) if way[-at].isdigit())


def _numbers(scope: Path, ways: Sequence[Path]) -> Set[str]:
    return {way[len(scope)] for way in ways
            if len(way) > len(scope) and way[:len(scope)] == scope}
