"""How the programs here talk to bench/run.py: as ../asked.h says, for Python."""

import ctypes
import gc
import json
import pathlib
import sys
import time

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


class Work:
    """`do()` is timed; `found(what it gave)` is [count, sum], the same for everybody who does the
    same work right; `reset()` goes before each."""

    def __init__(self, do, found, reset=lambda: None):
        self.do, self.found, self.reset = do, found, reset


def first_elements(arrays):
    """The `found` of values that were read."""
    total = 0.0
    count = 0
    for array in arrays:
        total += float(array.flat[0])
        count += 1
    return [count, total]


def listed(shapes):
    """The `found` of a dict of keys and shapes."""
    elements = 0
    for key, shape in shapes.items():
        product = 1
        for extent in shape:
            product *= extent
        elements += product if key != GRAPH else 0
    return [sum(len(key) for key in shapes if key != GRAPH), float(elements)]


def some(names, wanted):
    """`wanted` of them, evenly spread; all for 0."""
    return names[::max(1, len(names) // wanted)] if wanted else names


def answer_each_line(works):
    """Runs the work that the command line names: `works[NAME](PATH, ...)` makes it."""
    name, *given = sys.argv[1:]
    work = works[name](*given)
    _settle(work)
    print("ready", flush=True)
    for _ in sys.stdin:
        before, start = _in_use("VmRSS"), time.perf_counter()
        made = work.do()
        seconds = time.perf_counter() - start
        peak = _in_use("VmHWM") - before
        check = work.found(made)
        del made
        _settle(work)
        print(json.dumps({"seconds": seconds, "peak": peak, "check": check}), flush=True)


def _settle(work):
    """What was freed counts as in use until it is given back, and the peak begins here."""
    work.reset()
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    peaks = pathlib.Path("/proc/self/clear_refs")
    if peaks.exists():
        peaks.write_text("5")


def _in_use(name):
    """VmRSS or VmHWM in bytes; 0 where no system tells it."""
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(name)), 0)
