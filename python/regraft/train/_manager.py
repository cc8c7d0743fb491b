"""Keeping the newest checkpoints of a folder."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from .. import _core
from .._paths import PathLike, text_of
from .._sources import reader_of
from ._checkpoint import Checkpoint


class CheckpointManager:
    """``tf.train.CheckpointManager``: numbered checkpoints, of which ``max_to_keep`` stay.

    A folder may be used by TensorFlow's manager and by this one in turns. What differs, so
    that nothing is lost: a state file that cannot be read is an error and not a new beginning;
    a program that has not restored the save counter may not replace a checkpoint that an
    earlier one left; a save that failed does not count.

    Threads: for one thread, and one manager a folder.
    """

    def __init__(self, checkpoint: Checkpoint, directory: PathLike,
                 max_to_keep: Optional[int], keep_checkpoint_every_n_hours: Optional[float] = None,
                 checkpoint_name: str = "ckpt", step_counter: Any = None,
                 checkpoint_interval: Optional[int] = None,
                 init_fn: Optional[Callable[[], object]] = None) -> None:
        self._checkpoint = checkpoint
        self._directory = text_of(directory)
        self._interval = checkpoint_interval
        self._init_fn = init_fn
        read_step = None if step_counter is None else lambda: _as_int(step_counter)
        self._core = _core.Manager.open(checkpoint._savable, self._directory, {
            "max_to_keep": max_to_keep,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "checkpoint_name": checkpoint_name,
            "checkpoint_interval": checkpoint_interval,
            "read_step": read_step,
        })

    @property
    def checkpoint(self) -> Checkpoint:
        return self._checkpoint

    @property
    def directory(self) -> str:
        return self._directory

    @property
    def checkpoint_interval(self) -> Optional[int]:
        return self._interval

    @property
    def checkpoints(self) -> List[str]:
        """Those that are kept until ``max_to_keep`` says otherwise, oldest first."""
        return list(self._core.checkpoints)

    @property
    def latest_checkpoint(self) -> Optional[str]:
        """The one that was saved last; None if there is none, which ``Checkpoint.restore`` then
        takes as the beginning if something of the checkpoint is not built yet.
        """
        latest = self._core.latest_checkpoint
        self._checkpoint._none_yet = self._directory if latest is None else ""
        return latest

    def save(self, checkpoint_number: Any = None, check_interval: bool = True,
             options: Any = None) -> Optional[str]:
        """Saves ``<directory>/<checkpoint_name>-<number>``; None if it is too early for the
        interval. ``options`` is there for TensorFlow's sake.

        Raises:
            UnmetError: "train/would-replace".
            SystemIOError: the checkpoints that were there are whole.
        """
        number = None if checkpoint_number is None else _as_int(checkpoint_number)
        return self._core.save(number, check_interval)

    def restore_or_initialize(self) -> Optional[str]:
        """Restores the latest checkpoint and returns its path; without one calls ``init_fn``
        and returns None. Raises what ``Checkpoint.restore`` raises.
        """
        latest = self.latest_checkpoint
        if latest is not None:
            self._checkpoint._restore(reader_of(latest), {}, None, counts=True, waits=True,
                                      managed=True)
            self._core.restored()
            return latest
        if self._init_fn is not None:
            self._init_fn()
        return None


def _as_int(value: Any) -> int:
    return int(value.numpy()) if hasattr(value, "numpy") else int(value)
