"""A tensor of an opened checkpoint, read when it is asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Iterator, List, Optional, Tuple

from . import _core, _dtypes, _errors, _indexing, _mapped
from ._opened import Opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK_BYTES = 1 << 20
_CPU = (1, 0)  # As DLPack names it.


class Tensor(_core.Buffered):
    """One tensor of a checkpoint that ``regraft.open`` has opened. No value is read before it
    is asked for, and none is kept.

        t = checkpoint["dense/kernel"]
        t[10:20, ::2]  # of these rows
        t.read()       # all, checked; so do np.asarray(t) and torch.from_dlpack(t)
        t.mmap()       # all, without a copy

    Arrays are new, own their memory, are writable, row-major and in this machine's byte order.
    Strings come as arrays of objects, each ``bytes``; bfloat16, float8 and int4 in the types of
    ml_dtypes. It is a buffer, too: ``memoryview(t)``.

    Two are equal if they are the same tensor of the same opened file; ``t[...] == x`` compares
    values. What describes a tensor stays when its file is closed; reading is refused then.

    Threads: everything may be called from many at once. They do not wait for each other, and
    others run while bytes are read.

    Raises, wherever values are read:
        CheckpointNotFoundError: a data file is missing.
        CorruptError: the checksum differs, a data file is too short, or the index contradicts
            itself.
        UnsupportedError: NumPy has nothing for values of this type; ``read_raw()`` works.
        InvalidArgumentError: the file is closed.
    """

    __slots__ = ("_opened", "_index", "_kind", "_slices", "key", "tf_dtype", "shape", "nbytes",
                 "crc32c", "class_", "class_reason", "full_name", "paths", "name", "made_of")

    def __init__(self, opened: Opened, index: int) -> None:
        super().__init__()
        entry = opened.reader.entry(index)
        self._opened: Final = opened
        self._index: Final = index
        self._kind: Final[str] = entry.kind
        self._slices: Final[int] = entry.slices
        self.key: Final[str] = entry.key
        """The key in the file."""
        self.name: Final[str] = entry.name
        """What people see, unique in the file: ``"model/conv2d_1/kernel"`` (docs/names.md)."""
        self.tf_dtype: Final[str] = entry.dtype
        """TensorFlow's name of the type: ``"float32"``, ``"string"``."""
        self.shape: Final[Tuple[int, ...]] = tuple(entry.shape)
        self.nbytes: Final[int] = entry.nbytes
        """Bytes in the data files."""
        self.crc32c: Final[Optional[int]] = None if entry.slices else entry.crc32c
        """The stored checksum, unmasked; None if it is partitioned: each piece has one."""
        self.class_: Final[str] = entry.cls
        """What it is for: ``"@weights"``, ``"@optimizer"`` … (docs/classes.md)."""
        self.class_reason: Final[str] = entry.class_reason
        """Why it has this class."""
        self.full_name: Final[str] = entry.full_name
        """The variable's own name, ``"dense/kernel"``; empty if the file does not say it."""
        self.paths: Final[List[str]] = list(entry.paths)
        """Edge paths in the object graph, shortest first."""
        self.made_of: Final[str] = entry.made_of
        """What a map makes it of (docs/maps.md); empty of what is stored."""

    @property
    def dtype(self) -> "np.dtype[Any]":
        """NumPy's type; ``object`` for strings.

        Raises:
            UnsupportedError: neither NumPy nor ml_dtypes has one: variants, unknown types.
        """
        return _dtypes.numpy_dtype(self.tf_dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def partitioned(self) -> bool:
        """True if it is stored in pieces, as TensorFlow stores partitioned variables."""
        return self._slices > 0

    @property
    def spellings(self) -> List[str]:
        """Everything that it may be called (docs/names.md)."""
        return list(self._opened.reader.entry(self._index).spellings)

    def read(self, index: Any = ..., *, verify: Optional[bool] = None) -> "NDArray[Any]":
        """The values, or a part of them, as a new array; a single one as an array of no axes.

        Args:
            index: As for an array: an integer, a slice of any step, ``...``, None, an array or
                mask, or a tuple of them. The smallest box that holds what is asked for is read;
                along the first axis not what is wide between. Strings are all read.
            verify: The stored checksum is that of all bytes of the tensor, or of a piece if it
                is partitioned. So it is compared if all is read (unless the file was opened
                with ``verify=False``), and **a part is not checked**. True: what is touched is
                read to its ends and checked, the part is kept. False: no checksum is compared,
                but for strings, which are checked as the file was opened.

        Raises:
            InvalidArgumentError: (an IndexError too) the index does not fit the shape.
        """
        import numpy as np

        values = self._values(index, verify)
        if isinstance(values, np.ndarray):
            return values
        scalar = np.empty((), self.dtype)
        scalar[()] = values
        return scalar

    def __getitem__(self, index: Any) -> Any:
        """``read(index)``; but a single element as NumPy gives it: a scalar, or ``bytes``."""
        return self._values(index, None)

    def _values(self, index: Any, verify: Optional[bool]) -> Any:
        import numpy as np

        if self._kind == "opaque":
            self._opened.reader.check_stored(self._index)  # It may say more than that.
        part = _indexing.select(index, self.shape, self.dtype.itemsize)
        if self._kind == "string":
            values = self._strings(verify)[index]
        else:
            if verify is None:
                verify = self._opened.verify and part.shape == self.shape
            values = self._numbers(part, verify)
        if isinstance(values, np.ndarray) and not values.flags.c_contiguous:
            return values.copy()
        return values

    def _numbers(self, part: _indexing.Selection, verify: bool) -> Any:
        import numpy as np

        reader = self._opened.reader
        if verify and len(part.boxes) > 1:  # Once for all, rather than with each box.
            reader.verify(self._index)
            verify = False
        boxes: List[Any] = [reader.read_slice(self._index, box, verify) for box in part.boxes]
        raw = boxes[0] if len(boxes) == 1 else np.concatenate(boxes)
        return raw.view(self.dtype).reshape(part.shape)[part.within]

    def _strings(self, verify: Optional[bool]) -> "NDArray[Any]":
        import numpy as np

        reader = self._opened.reader
        if verify and not self._opened.verify:
            reader.verify(self._index)
        values = np.empty(self.size, object)
        values[:] = reader.read_strings(self._index)
        return values.reshape(self.shape)

    def read_raw(self) -> bytes:
        """The stored bytes as they are, of any type.

        Raises:
            UnsupportedError: it is partitioned.
        """
        return self._opened.reader.read_raw(self._index)

    def sha256(self) -> str:
        """SHA-256 of the values, the same wherever and however they are stored; receipts have
        it.
        """
        return self._opened.reader.sha256(self._index)

    def mmap(self, *, verify: bool = False) -> "NDArray[Any]":
        """The values where they are: a read-only array over the mapped data file. Bytes are
        read when they are looked at.

        The array keeps the mapping, also after its file is closed. It is aligned only if the
        checkpoint was written so (``regraft.copy(…, data_alignment=64)``); TensorFlow does not.
        While it lives, the data file must not be changed in place or cut: its values change,
        and looking at what was cut off ends the process (SIGBUS).

        Args:
            verify: Compare the checksum of what is mapped now. This looks at all of the tensor,
                and takes no memory of its own.

        Raises:
            UnsupportedError: it is partitioned, of the other byte order, or of strings, and so
                not in the file as an array; ``read()`` works.
            CorruptError: also if the data file is another than when it was opened.
        """
        return _mapped.array(self._opened, self._index, verify)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> "NDArray[Any]":
        if copy is False:
            raise _errors.invalid("python/copy", f"an array of {self.key} without a copy is asked "
                                  "for, and its values are in a file",
                                  "np.asarray(t), or t.mmap() for an array over the file")
        values = self.read()
        return values if dtype is None else values.astype(dtype, copy=False)

    def __buffer__(self, flags: int) -> memoryview:
        """The buffer protocol: ``memoryview(t)``. Raises BufferError."""
        import numpy as np

        if self._kind != "numeric":
            raise self._no_type("the buffer protocol", self._instead)
        try:
            np.empty(0, self.dtype).data
        except ValueError:
            raise self._no_type("the buffer protocol", "t.read().view('uint8')") from None
        return self.read().data

    def __dlpack__(self, **how: Any) -> Any:
        """The values in memory of the CPU, for ``torch.from_dlpack(t)`` and the like. Raises
        BufferError.
        """
        if self._kind != "numeric":
            raise self._no_type("DLPack", self._instead)
        if self.tf_dtype == "bfloat16":  # DLPack has it, and NumPy has not.
            import numpy as np

            flat = np.ascontiguousarray(self.read()).reshape(-1)
            return _core.dlpack_of_bfloat16(flat.view(np.uint8), list(self.shape))
        if self.dtype.isbuiltin != 1:
            raise self._no_type("DLPack", "t.read().view('uint8') has the bits: torch.from_dlpack("
                                f"t.read().view('uint8')).view(torch.{self.tf_dtype})")
        values = self.read()
        try:
            return values.__dlpack__(**how)
        except TypeError:  # NumPy before 2.1 knows only the first version, which may be given.
            return values.__dlpack__()

    def __dlpack_device__(self) -> Tuple[int, int]:
        return _CPU

    @property
    def _instead(self) -> str:
        return _mapped.instead(self._kind)

    def _no_type(self, where: str, instead: str) -> BufferError:
        return BufferError(_errors.unsupported("python/dtype", f"{where} has no type for "
                                               f"{self.tf_dtype}, the type of {self.key}",
                                               hint=instead).text)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"{self.key} is a scalar, which has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        """The rows. They are read a block at a time and, as parts, not checked."""
        rows = len(self)
        step = max(1, _BLOCK_BYTES * rows // max(self.nbytes, 1))
        if self._kind == "string":
            step = max(1, rows)
        return (row for start in range(0, rows, step) for row in self[start:start + step])

    def _only(self) -> Any:
        if self.size != 1:
            raise ValueError(f"{self.key} has {self.size} elements, so it is no single value; "
                             "t[...] has them all")
        return self.read().reshape(())[()]

    def __bool__(self) -> bool:
        return bool(self._only())

    def __int__(self) -> int:
        return int(self._only())

    def __float__(self) -> float:
        return float(self._only())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tensor):
            return NotImplemented
        return self._opened is other._opened and self._index == other._index

    def __hash__(self) -> int:
        return hash((id(self._opened), self._index))

    def __repr__(self) -> str:
        return (f"<Tensor {self.key}: {self.tf_dtype} {list(self.shape)}, "
                f"{_core.bytes_text(self.nbytes)}, {self.class_}>")
