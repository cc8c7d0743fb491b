"""An opened checkpoint, as its file and its tensors share it."""

from __future__ import annotations

import mmap
from typing import Dict, Optional

from . import _core, _errors

Maps = Dict[str, mmap.mmap]
"""Mapped files by their paths; each is mapped whole and once, for a mapping takes a descriptor."""


class Opened:
    """A reader until it is closed, with what was made of it once."""

    def __init__(self, reader: "_core.Reader", verify: bool) -> None:
        self._reader: Optional[_core.Reader] = reader
        self._finder: Optional[_core.NameFinder] = None
        self.prefix = reader.prefix
        self.verify = verify
        """Whether checksums are compared where a whole tensor is read."""
        self.maps: Maps = {}

    @property
    def reader(self) -> "_core.Reader":
        """The reader.

        Raises:
            InvalidArgumentError: the checkpoint is closed.
        """
        reader = self._reader
        if reader is None:
            raise _errors.invalid("python/closed", f"the checkpoint {self.prefix} is closed",
                                  f"regraft.open({self.prefix!r}); in a with block, take what "
                                  "is needed inside")
        return reader

    @property
    def closed(self) -> bool:
        return self._reader is None

    def find(self, name: object) -> int:
        """The index of the entry that a name stands for, in any spelling. Raises as
        ``CheckpointFile[]``.
        """
        reader = self.reader
        if not isinstance(name, str):
            raise _errors.make(_errors.Code.NOT_FOUND, "select/unknown-name",
                               f"names are text, and this is a {type(name).__name__}: {name!r}",
                               hint="list(checkpoint) has the keys")
        exact = reader.find_key(name)
        if exact is not None:
            return exact
        # For any other spelling all names are gathered once.
        if self._finder is None:
            self._finder = _core.NameFinder(reader)
        return self._finder.find(name)

    def close(self) -> None:
        self._reader = self._finder = None
        self.maps = {}
