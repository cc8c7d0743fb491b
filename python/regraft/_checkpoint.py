"""An opened checkpoint as a mapping of names to lazy tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, List, Mapping, Optional

from . import _core, _errors
from ._opened import Opened
from ._paths import PathLike, text_of
from ._tensor import Tensor

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type

__all__ = ["CheckpointFile", "Tensor", "open"]

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


class CheckpointFile(Mapping[str, Tensor]):
    """An opened checkpoint; ``regraft.open`` makes it.

        with regraft.open("ckpt") as checkpoint:
            list(checkpoint)                                 # the keys
            checkpoint["model/embedding/embeddings"][10:20]  # by any name

    Iterating gives the keys, sorted, without that of the object graph, which is no value of a
    model; asked for by its key it is there. A name is any spelling of docs/names.md: the key,
    the key without ``/.ATTRIBUTES/VARIABLE_VALUE``, an edge path, ``(root).a.b``, the
    variable's own name, the same with ``:0``.

    Whatever names a checkpoint in ``regraft.restore``, ``plan``, ``copy`` and ``verify`` may
    be one of these.

    After ``close()``, or the end of ``with``, its use is refused. Arrays that were read or
    mapped stay good. Without ``close()`` the files are closed when it and its tensors are gone.

    Threads: everything may be called from many at once.
    """

    prefix: str
    """The prefix that was opened, wherever the path led from."""
    kind: str
    """``"tf2-object"`` with an object graph, ``"tf1-name"`` without."""
    notes: List[str]
    """What a person should be told about how the path was understood; usually nothing."""

    def __init__(self, reader: "_core.Reader", verify: bool) -> None:
        self._opened = Opened(reader, verify)
        self.prefix, self.kind, self.notes = reader.prefix, reader.kind, list(reader.notes)

    def __getitem__(self, name: str) -> Tensor:
        """The tensor that `name` stands for.

        Raises:
            NameNotFoundError: (a KeyError) there is none; ``suggestions`` has the nearest names.
            UnmetError: (a ValueError) several bear this name, and they are listed. Keras 3, for
                example, gives every kernel of a model one full name. ``in`` and ``get`` raise it
                too: the name is neither there nor absent.
            InvalidArgumentError: the checkpoint is closed.
        """
        return Tensor(self._opened, self._opened.find(name))

    def find(self, name: str) -> str:
        """The key of the tensor that `name` stands for. Raises as ``[]`` does."""
        return self._opened.reader.entry(self._opened.find(name)).key

    def __contains__(self, name: object) -> bool:
        """True if ``[name]`` gives a tensor.

        Raises:
            UnmetError: several bear this name.
        """
        self._opened.reader  # Refuses what is closed, also for what is no name.
        if not isinstance(name, str):
            return False
        try:
            self._opened.find(name)
        except _errors.NameNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        reader = self._opened.reader
        keys = (reader.entry(index).key for index in range(len(reader)))
        return (key for key in keys if key != _GRAPH)

    def __len__(self) -> int:
        reader = self._opened.reader
        return len(reader) - (reader.find_key(_GRAPH) is not None)

    def __eq__(self, other: object) -> bool:
        return self is other  # Not item by item, as mappings are: it is a file, not its content.

    __hash__ = object.__hash__

    @property
    def closed(self) -> bool:
        return self._opened.closed

    def close(self) -> None:
        """Closes the files as soon as no thread reads them any more. May be called twice."""
        self._opened.close()

    def __enter__(self) -> "CheckpointFile":
        self._opened.reader
        return self

    def __exit__(self, cls: "Optional[Type[BaseException]]", error: Optional[BaseException],
                 trace: "Optional[TracebackType]") -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return f"<CheckpointFile {self.prefix}: closed>"
        stored = sum(tensor.nbytes for tensor in self.values())
        count = len(self)
        return (f"<CheckpointFile {self.prefix}: {count} tensor{'' if count == 1 else 's'}, "
                f"{_core.bytes_text(stored)}, {self.kind}>")


def open(path: PathLike, *, verify: bool = True) -> CheckpointFile:
    """Opens a checkpoint for reading: the index and the object graph are read, and no tensor.

    A file whose object graph is damaged opens, too: ``notes`` says so, and its tensors are there
    by their keys.

    Args:
        path: A prefix, a file of a checkpoint, a folder, a SavedModel, a stem (docs/paths.md).
        verify: Compare checksums: of the index now, of tensors when they are read whole.

    Raises:
        CheckpointNotFoundError: nothing is there; what is near is listed.
        UnsupportedError: something else is there, and named: HDF5, safetensors, a checkpoint
            of TensorFlow's first format, a Git LFS pointer …
        CorruptError: the index contradicts itself.
        InvalidArgumentError: the path is None or empty.
        SystemIOError: the system refused.
    """
    return CheckpointFile(_core.Reader.open(text_of(path), verify), verify)
