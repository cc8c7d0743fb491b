"""What a restore of ``tf.train``'s kind returns."""

from __future__ import annotations

from typing import Any, Iterable, List, Optional, Protocol

from .. import _errors
from .._results import Report
from .._unbuilt import is_placeholder


class Unfinished(Protocol):
    """The rest of a restore, while there is one."""

    @property
    def waiting_for(self) -> List[str]:
        """What has no variables yet."""

    def text(self) -> str:
        """The same as a sentence."""

    def error(self) -> _errors.RegraftError:
        """What is raised where it has to be done."""

    def advance(self) -> bool:
        """Does what has become possible. True if that was something."""


def _listed(names: Iterable[str], most: int = 10) -> str:
    names = list(names)
    shown = "".join(f"\n  {name}" for name in names[:most])
    return shown + (f"\n  and {len(names) - most} more" if len(names) > most else "")


class RestoreStatus(Report):
    """A report with the methods of TensorFlow's load status. The assertions look at what has
    happened, and tell the truth.

    A restore may wait for layers that have no variables yet (``Checkpoint.restore``). Until it
    is ``done`` there is no report: what asks for one raises UnmetError, and says what is waited
    for.
    """

    _pending: Optional[Unfinished] = None
    _nothing: str = ""
    """Why there was nothing to restore, where that is no error."""

    def __init__(self, core: Any = None) -> None:
        if core is None:
            self._data, self._own_notes = None, []
        else:
            super().__init__(core)

    def __getattr__(self, name: str) -> Any:
        if name == "_core":  # There is none yet.
            raise self._pending.error() if self._pending else _errors.unmet(
                "train/no-path", self._nothing,
                "manager.restore_or_initialize() restores the last checkpoint, or begins")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def done(self) -> bool:
        """True if everything that was asked has happened."""
        return self._pending is None and not self._nothing

    @property
    def waiting_for(self) -> List[str]:
        """What has no variables yet; empty when it is done."""
        return [] if self._pending is None else self._pending.waiting_for

    @property
    def report(self) -> "RestoreStatus":
        """This, when it is done.

        Raises:
            UnmetError: it is not.
        """
        if self._pending is not None:
            raise self._pending.error()
        return self

    def finish(self) -> "RestoreStatus":
        """Restores what waits, if it has been built without its noticing.

        Raises:
            UnmetError: something is still not built; or as ``Checkpoint.restore``.
        """
        if self._pending is not None:
            self._pending.advance()
        return self.report

    def _settled(self) -> "RestoreStatus":
        if self._nothing:
            raise AssertionError(self._nothing)
        try:
            return self.finish()
        except _errors.RegraftError as error:
            raise AssertionError(str(error)) from error

    def _unused(self) -> List[str]:
        return [row["key"] for row in self._plan["unused"] if row["class"] != "meta"]

    def assert_consumed(self) -> "RestoreStatus":
        """Raises AssertionError unless every value of the checkpoint (but its save counter)
        was restored, and every variable of the program.
        """
        self.assert_existing_objects_matched()
        unused = self._unused()
        if unused:
            raise AssertionError(
                f"{len(unused)} values of {self._plan['source']['prefix']} were not "
                f"restored:{_listed(unused)}")
        return self

    def assert_existing_objects_matched(self) -> "RestoreStatus":
        """Raises AssertionError unless every variable of the program was restored."""
        self._settled()
        left = [name for name in (*self.kept, *self.not_selected) if not is_placeholder(name)]
        if left:
            raise AssertionError(f"{len(left)} variables keep their own values:{_listed(left)}")
        return self

    def assert_nontrivial_match(self) -> "RestoreStatus":
        """Raises AssertionError unless something was restored, which is always so when it is
        done: a restore of nothing is an error before.
        """
        if not self._settled().restored:
            raise AssertionError("nothing was restored")
        return self

    def expect_partial(self) -> "RestoreStatus":
        """Nothing: a partial restore was asked for, or was an error."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing is left to be done but what waits."""

    def run_restore_ops(self, session: Any = None) -> None:
        """Nothing is left to be done but what waits."""

    def __str__(self) -> str:
        if self._nothing:
            return self._nothing
        return super().__str__() if self._pending is None else self._pending.text()

    def __repr__(self) -> str:
        if self._nothing or self._pending is not None:
            return f"<{type(self).__name__}: {str(self).splitlines()[0]}>"
        return super().__repr__()
