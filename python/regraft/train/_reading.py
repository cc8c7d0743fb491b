"""Finding checkpoints and reading tensors by name."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .. import _errors
from .._paths import PathLike, text_of
from .._restore import latest, restore
from .._results import Report


def latest_checkpoint(checkpoint_dir: PathLike,
                      latest_filename: Optional[str] = None) -> str:
    """The prefix of the newest complete checkpoint of a folder or a stem
    (``"ckpt_model_A"`` where ``ckpt_model_A-1`` … are).

    Unlike TensorFlow's it never returns None, which ``restore`` would take for "restore
    nothing".

    Raises:
        CheckpointNotFoundError: with what is near, and what is incomplete about it.
    """
    where = text_of(checkpoint_dir)
    if latest_filename is not None:
        where = f"{where.rstrip('/')}/{latest_filename}" if where else latest_filename
    return latest(where or ".")


class CheckpointReader:
    """What ``tf.train.load_checkpoint`` returns. Names may be in any spelling."""

    def __init__(self, path: PathLike) -> None:
        from .._checkpoint import open as open_checkpoint

        self._file = open_checkpoint(text_of(path))

    def get_tensor(self, name: str) -> Any:
        """The value as a NumPy array; of a scalar a NumPy scalar, as TensorFlow gives it."""
        return self._file[name][()]

    def has_tensor(self, name: str) -> bool:
        return name in self._file

    def get_variable_to_shape_map(self) -> Dict[str, List[int]]:
        return {key: list(tensor.shape) for key, tensor in self._file.items()}

    def get_variable_to_dtype_map(self) -> Dict[str, Any]:
        """NumPy types; those of strings are ``object``."""
        return {key: tensor.dtype for key, tensor in self._file.items()}


def load_checkpoint(ckpt_dir_or_file: PathLike) -> CheckpointReader:
    """Opens whatever the path names: a prefix, a folder, a stem … (docs/paths.md)."""
    return CheckpointReader(ckpt_dir_or_file)


def list_variables(ckpt_dir_or_file: PathLike) -> List[Tuple[str, List[int]]]:
    """(key, shape) of everything that is stored, sorted by key."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: PathLike, name: str) -> Any:
    """One value. Raises NameNotFoundError with the nearest names."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name)


def init_from_checkpoint(ckpt_dir_or_file: PathLike, assignment_map: Mapping[str, Any],
                         into: Any = None) -> Report:
    """Restores by a map, now: there is no initializer to run later.

    Args:
        assignment_map: ``{name in the checkpoint: variable}``; or, with ``into``, names and
            scopes of its variables: ``{"bert/": "encoder/", "a/kernel": "b/kernel"}``.
        into: The model or the list of variables that names on the right are of.

    Raises:
        InvalidArgumentError: a name on the right and no ``into``.
    """
    if not assignment_map:
        return restore(ckpt_dir_or_file, {})
    names = {name: to for name, to in assignment_map.items()
             if isinstance(to, (str, Sequence)) and not hasattr(to, "shape")}
    if not names:
        return restore(ckpt_dir_or_file, dict(assignment_map))
    if len(names) != len(assignment_map) or into is None:
        name, to = next(iter(names.items()))
        raise _errors.invalid(
            "python/assignment-map",
            f"{name!r} goes into the name {to!r}, and whose name that is, is not said",
            "pass the model: init_from_checkpoint(path, map, into=model); or give variables "
            "on the right of every name")
    targets = [to for to in names.values() if isinstance(to, str)]
    scopes = [to + "**" if to.endswith("/") else to for to in targets]
    everything = "/" in targets
    return restore(ckpt_dir_or_file, into, map=names,
                   include=None if everything else scopes)
