"""Arrays over mapped data files."""

from __future__ import annotations

import mmap
import sys
from typing import TYPE_CHECKING, Any, Dict

from . import _core, _errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._tensor import Tensor

Maps = Dict[str, mmap.mmap]
"""Mapped files by their paths; each is mapped whole and once, for a mapping takes a descriptor."""


def array(tensor: "Tensor", reader: "_core.Reader", maps: Maps, verify: bool) -> "NDArray[Any]":
    """A read-only array over the data file. See ``Tensor.mmap``."""
    if tensor._kind != "numeric":
        raise _cannot(tensor, f"elements of type {tensor.tf_dtype} have no fixed size")
    if tensor.partitioned:
        raise _cannot(tensor, "it is stored in pieces")
    dtype = tensor.dtype
    if dtype.itemsize > 1 and reader.big_endian != (sys.byteorder == "big"):
        raise _cannot(tensor, "it is stored in the other byte order")
    raw = _bytes(tensor, reader, maps)
    if verify:
        whole = [(0, extent) for extent in tensor.shape]
        checked: Any = reader.read_slice(tensor._index, whole, True)
        # They differ if the file was replaced after the reader had opened it.
        if not (checked == raw).all():
            raise _changed(tensor, reader)
    return raw.view(dtype).reshape(tensor.shape)


def _bytes(tensor: "Tensor", reader: "_core.Reader", maps: Maps) -> "NDArray[Any]":
    import numpy as np

    if tensor.size == 0:
        nothing = np.empty(0, np.uint8)
        nothing.flags.writeable = False
        return nothing
    # Reading one element makes sure that the file is there, and long enough.
    reader.read_slice(tensor._index, [(0, 1)] * tensor.ndim, False)
    path, offset, size, _ = reader.pieces(tensor._index)[0]
    try:
        mapping = maps[path] = maps.get(path) or _map(path)
    except (FileNotFoundError, ValueError):  # ValueError: it is empty.
        raise _changed(tensor, reader) from None
    except OSError as error:
        raise _errors.make(5, "python/mmap", f"{path} cannot be mapped: {error.strerror}",
                           file=path, key=tensor.key, hint=tensor._instead) from error
    if offset + size > len(mapping):
        raise _changed(tensor, reader)
    return np.frombuffer(mapping, np.uint8, size, offset)


def _map(path: str) -> mmap.mmap:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _cannot(tensor: "Tensor", why: str) -> _errors.RegraftError:
    return _errors.make(6, "python/mmap", f"{tensor.key} cannot be mapped: {why}", key=tensor.key,
                        hint=tensor._instead)


def _changed(tensor: "Tensor", reader: "_core.Reader") -> _errors.RegraftError:
    path = reader.pieces(tensor._index)[0][0]
    return _errors.make(4, "python/file-changed",
                        f"{path} is no longer the file that the checkpoint was opened with",
                        file=path, key=tensor.key, hint="open the checkpoint again")
