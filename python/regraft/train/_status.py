"""What a restore of ``tf.train``'s kind returns."""

from __future__ import annotations

from typing import Any, Iterable, List

from .._results import Report


def _listed(names: Iterable[str], most: int = 10) -> str:
    names = list(names)
    shown = "".join(f"\n  {name}" for name in names[:most])
    return shown + (f"\n  and {len(names) - most} more" if len(names) > most else "")


class RestoreStatus(Report):
    """A report with the methods of TensorFlow's load status. Everything has happened when it
    is there; the assertions look at what did, and tell the truth.
    """

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
        left = [*self.kept, *self.not_selected]
        if left:
            raise AssertionError(f"{len(left)} variables keep their own values:{_listed(left)}")
        return self

    def assert_nontrivial_match(self) -> "RestoreStatus":
        """Raises AssertionError unless something was restored, which is always so: a restore
        of nothing is an error before.
        """
        if not self.restored:
            raise AssertionError("nothing was restored")
        return self

    def expect_partial(self) -> "RestoreStatus":
        """Nothing: a partial restore was asked for, or was an error."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing is left to be done."""

    def run_restore_ops(self, session: Any = None) -> None:
        """Nothing is left to be done."""
