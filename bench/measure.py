"""Asks programs how long their work takes, one at a time, in alternating rounds."""

import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20


class MemoryHeld:
    """A process of its own that holds all free memory, touched, until somebody is to use it.

    A virtual machine gives memory that was free for two seconds back to its host. What touches it
    next pays for it, up to thirty times what the touching itself costs. So what a program will need
    is held until it needs it, and held again when it has ended; other memory there is not.
    """

    _CHUNK = 64 * MIB
    _REST = 1536 * MIB  # For whatever else runs.
    _MOST = 32 << 30  # Of a larger machine the rest stays cold, and should not be handed out first.
    _PROGRAM = f"""
import mmap, sys
held = []
for line in sys.stdin:
    while len(held) > int(line):
        held.pop().close()
    while len(held) < int(line):
        held.append(mmap.mmap(-1, {_CHUNK}, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        if hasattr(mmap, "MADV_HUGEPAGE"):
            held[-1].madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, {_CHUNK}, mmap.PAGESIZE):
            held[-1][at] = 1
    print("done", flush=True)
"""

    def __enter__(self):
        self._size = 0
        self._process = subprocess.Popen([sys.executable, "-S", "-c", self._PROGRAM], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    def fill(self):
        """Touches and holds what is free."""
        self._hold(min(self._size + memory("MemFree") - self._REST, self._MOST))

    def let_go(self, size):
        """Frees `size` bytes, for somebody who is about to use them."""
        self._hold(self._size - size)

    def _hold(self, size):
        chunks = max(0, size) // self._CHUNK
        self._process.stdin.write(f"{chunks}\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "done\n":
            raise RuntimeError("the process that holds memory has died")
        self._size = chunks * self._CHUNK


def memory(what):
    """MemFree or MemAvailable, in bytes."""
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) << 10
    raise RuntimeError("/proc/meminfo does not tell how much memory there is")


@dataclasses.dataclass(frozen=True)
class Measure:
    """A program that does one piece of work whenever it is asked."""

    command: tuple
    memory: int  # Bytes that the work takes anew.
    before: int = 0  # Bytes that its preparation takes.
    timed: bool = False  # The whole process is the work, and not a program of the protocol.
    leaves: str = ""  # Prefix of files to remove afterwards.

    @property
    def freed(self):
        """What is let go for the work: some more, because others take some, too."""
        return self.memory + self.memory // 4 + 256 * MIB

    def answers(self, held, calls):
        """What each of `calls` calls in one fresh process says."""
        if self.timed:
            return [self._time(held) for _ in range(calls)]
        out = []
        held.fill()
        held.let_go(self.before)
        with self._started() as process:
            for _ in range(calls):
                held.fill()
                held.let_go(self.freed)
                process.stdin.write("\n")
                process.stdin.flush()
                out.append(json.loads(self._line(process, "{")))
            process.stdin.close()
            process.wait()
        return out

    @contextlib.contextmanager
    def _started(self):
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(self.command, text=True, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=errors)
            try:
                self._line(process, "ready")
                yield process
            except (EOFError, BrokenPipeError):
                process.wait()
                errors.seek(0)
                sys.exit(f"{' '.join(self.command)}\n{errors.read()}failed: {process.returncode}")
            finally:
                process.kill()
                process.wait()
                process.stdin.close()
                process.stdout.close()

    @staticmethod
    def _line(process, start):
        """The next line that begins so: frameworks talk, too."""
        for line in process.stdout:
            if line.startswith(start):
                return line
        raise EOFError

    def _time(self, held):
        held.fill()
        held.let_go(self.freed)
        start = time.perf_counter()
        subprocess.run(self.command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        path = pathlib.Path(self.leaves)
        for file in path.parent.glob(path.name + ".*"):
            file.unlink()
        return {"seconds": seconds}


def in_rounds(measures, calls, rounds, held, tell):
    """{name: [answers of each round]}. Every other round goes the other way round, so that
    nobody always has the machine as somebody else left it."""
    found = {name: [] for name in measures}
    for number in range(rounds):
        order = list(measures)[::1 if number % 2 == 0 else -1]
        for name in order:
            tell(f"round {number + 1} of {rounds}: {name}")
            found[name].append(measures[name].answers(held, calls[name]))
    return found


@dataclasses.dataclass(frozen=True)
class Ratio:
    """Of two times, each round for itself."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, theirs, ours):
        ratios = [a / b for a, b in zip(theirs, ours)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self):
        return f"{self.middle:.2f} ({self.least:.2f}-{self.most:.2f})"


def environment(folder, **more):
    """The command line's beginning for a Python of setup_venvs.sh; None if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        return None
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0",
                "PYTHONDONTWRITEBYTECODE": "1", **more}
    return ("env", *(f"{name}={value}" for name, value in settings.items()), os.fspath(python),
            "-W", "ignore")
