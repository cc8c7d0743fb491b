"""The bar: after half a second, on a terminal, and only if it may be."""
import io
import types

import pytest

from regraft import _progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(_progress, "sys", types.SimpleNamespace(stderr=terminal, modules={}))
    return terminal


def test_what_is_quick_shows_nothing(clock, terminal):
    with _progress.reporting(None, "restoring") as tell:
        clock[0] = 0.4
        tell(1, 2)
        tell(2, 2)
    assert terminal.getvalue() == ""


def test_what_takes_longer_shows_a_bar_and_takes_it_away(clock, terminal):
    with _progress.reporting(None, "restoring") as tell:
        clock[0] = 1.0
        tell(25_000_000, 100_000_000)
        clock[0] = 1.05  # Too soon for another one.
        tell(30_000_000, 100_000_000)
        shown = terminal.getvalue()
        assert shown.endswith(
            "[#####...............] restoring  25% 25.0 MB of 100.0 MB, 25.0 MB/s")
        tell(100_000_000, 100_000_000)
        assert "100%" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_no_bar_without_a_terminal_or_if_it_shall_not_be(clock, terminal, monkeypatch):
    with _progress.reporting(False, "restoring") as tell:
        assert tell is None
    monkeypatch.setattr(_progress.sys, "stderr", io.StringIO())
    with _progress.reporting(None, "restoring") as tell:
        assert tell is None


def test_a_callable_is_told_instead(clock, terminal):
    told = []
    with _progress.reporting(lambda *numbers: told.append(numbers), "restoring") as tell:
        clock[0] = 9.0
        tell(1, 2)
    assert told == [(1, 2)] and terminal.getvalue() == ""
