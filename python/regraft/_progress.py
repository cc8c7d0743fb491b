"""A bar for what takes longer than half a second."""

from __future__ import annotations

import sys
import time
from typing import Any, Callable, Optional, Union

from . import _core

Progress = Union[bool, None, Callable[[int, int], None]]

_PATIENCE = 0.5
_EVERY = 0.1


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    if shell is None:
        return False
    get = getattr(shell, "get_ipython", lambda: None)()
    return type(get).__name__ == "ZMQInteractiveShell"


class _Bar:
    def __init__(self, what: str) -> None:
        self._what = what
        self._start = time.monotonic()
        self._shown = 0.0
        self._display: Any = None
        self._notebook = _in_notebook()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._start < _PATIENCE or (done < total and now - self._shown < _EVERY):
            return
        self._shown = now
        speed = done / max(now - self._start, 1e-9)
        share = done / total if total else 1.0
        text = (f"{self._what} {share:4.0%} {_core.bytes_text(done)} of {_core.bytes_text(total)}"
                f", {_core.bytes_text(int(speed))}/s")
        if self._notebook:
            self._show_html(share, text)
        else:
            filled = int(20 * share)
            sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'.' * (20 - filled)}] {text}")
            sys.stderr.flush()

    def _show_html(self, share: float, text: str) -> None:
        from IPython.display import HTML, display

        bar = HTML(f"<progress value='{share}' max='1'></progress> {text}")
        if self._display is None:
            self._display = display(bar, display_id=True)
        else:
            self._display.update(bar)

    def close(self) -> None:
        if self._shown and not self._notebook:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class reporting:
    """``with reporting(progress, "restoring") as callback``: what the library calls, or None."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._bar: Optional[_Bar] = None
        self.callback: Optional[Callable[[int, int], None]] = None
        if callable(progress):
            self.callback = progress
        elif progress or (progress is None and (sys.stderr.isatty() or _in_notebook())):
            self._bar = self.callback = _Bar(what)

    def __enter__(self) -> Optional[Callable[[int, int], None]]:
        return self.callback

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
