"""Arrays over mapped data files."""

from __future__ import annotations

import math
import mmap
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Sequence

from . import _core, _dtypes, _errors
from ._opened import Opened

if TYPE_CHECKING:
    from numpy.typing import NDArray


def array(opened: Opened, index: int, verify: bool) -> "NDArray[Any]":
    """A read-only array over the data file. See ``Tensor.mmap``."""
    return arrays(opened, [index], verify)[0]


def arrays(opened: Opened, indices: Sequence[int], verify: bool,
           progress: Optional[Callable[[int, int], None]] = None) -> "List[NDArray[Any]]":
    """The same for many, which are verified by several threads.

    Raises:
        What ``Tensor.mmap`` does; of several that are damaged, the first.
    """
    reader = opened.reader
    entries = [reader.entry(index) for index in indices]
    dtypes = [_mappable(entry, reader) for entry in entries]
    raw = [_bytes(opened, reader, index, entry) for index, entry in zip(indices, entries)]
    if verify:
        # What is mapped is compared, and not what the reader would read: if the file was
        # replaced after the reader had opened it, they differ.
        sums = _core.checksums(raw, progress)
        for index, entry, found in zip(indices, entries, sums):
            if entry.crc32c is not None and found != entry.crc32c:
                reader.verify(index)
                raise _changed(reader, index, entry)
    return [part.view(dtype).reshape(entry.shape)
            for part, dtype, entry in zip(raw, dtypes, entries)]


def instead(kind: str) -> str:
    """How else the values of a tensor are had."""
    return "t.read()" if kind in ("numeric", "string") else "t.read_raw()"


def _mappable(entry: "_core.Entry", reader: "_core.Reader") -> Any:
    """NumPy's type of a tensor that is in the file as an array.

    Raises:
        UnsupportedError: it is not.
    """
    if entry.kind != "numeric":
        raise _cannot(entry, f"elements of type {entry.dtype} have no fixed size")
    if entry.slices:
        raise _cannot(entry, "it is stored in pieces")
    return _dtypes.numpy_dtype(entry.dtype)


def _bytes(opened: Opened, reader: "_core.Reader", index: int,
           entry: "_core.Entry") -> "NDArray[Any]":
    import numpy as np

    if math.prod(entry.shape) == 0:
        nothing = np.empty(0, np.uint8)
        nothing.flags.writeable = False
        return nothing
    reader.check_stored(index)
    path, offset, size, native = reader.pieces(index)[0]
    if not native:
        raise _cannot(entry, "it is stored in the other byte order, compressed, or along other axes")
    maps = opened.maps
    try:
        mapping = maps[path] = maps.get(path) or _map(path)
    except (FileNotFoundError, ValueError):  # ValueError: it is empty.
        raise _changed(reader, index, entry) from None
    except OSError as error:
        raise _errors.make(_errors.Code.IO, "python/mmap",
                           f"{path} cannot be mapped: {error.strerror}",
                           file=path, key=entry.key, hint=instead(entry.kind)) from error
    if offset + size > len(mapping):
        raise _changed(reader, index, entry)
    return np.frombuffer(mapping, np.uint8, size, offset)


def _map(path: str) -> mmap.mmap:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _cannot(entry: "_core.Entry", why: str) -> _errors.RegraftError:
    return _errors.unsupported("python/mmap", f"{entry.key} cannot be mapped: {why}",
                               key=entry.key, hint=instead(entry.kind))


def _changed(reader: "_core.Reader", index: int, entry: "_core.Entry") -> _errors.RegraftError:
    path = reader.pieces(index)[0][0]
    return _errors.make(_errors.Code.CORRUPT, "python/file-changed",
                        f"{path} is no longer the file that the checkpoint was opened with",
                        file=path, key=entry.key, hint="open the checkpoint again")
