"""The table, and what has to be known of the machine to read it."""

import os
import pathlib
import platform
import statistics
import subprocess

from measure import MIB, Ratio

ABOUT = """\
Files in the page cache; alternating rounds ({rounds}), medians. A ratio is TensorFlow's time over
Regraft's, of each round for itself: the median, the least and the most. Bound is what a bare loop
over the same bytes would have there."""
HEAD = """| work | TensorFlow, s | Regraft, s | ratio | goal | bound |
|---|---|---|---|---|---|"""


def line(row, found):
    """`found`: the answers of each measure and round."""
    def seconds(name):
        return name and name in found and [answers[row.call]["seconds"] for answers in found[name]]

    theirs, ours, bound = seconds(row.theirs), seconds(row.ours), seconds(row.bound)
    if theirs and ours:
        _check(row, found)
        ratio = str(Ratio.of(theirs, ours))
    elif row.stored and ours:
        rates = sorted(row.stored / each / 1e9 for each in ours)
        ratio = f"{statistics.median(rates):.2f} GB/s ({rates[0]:.2f}-{rates[-1]:.2f})"
    else:
        ratio = "–"
    at_most = f"{Ratio.of(theirs, bound).middle:.1f}" if theirs and bound else "–"
    who = f" ({row.who})" if row.who and theirs else ""
    return (f"| {row.work} | {_middle(theirs)}{who} | {_middle(ours)} | {ratio} | {row.goal} | "
            f"{at_most} |")


def _middle(seconds):
    return f"{statistics.median(seconds):.4g}" if seconds else "–"


def _check(row, found):
    """Both must have found the same, in every call."""
    seen = {tuple(answer["check"]) for name in (row.theirs, row.ours)
            for answers in found[name] for answer in answers}
    if len(seen) != 1:
        raise SystemExit(f"{row.work}: {row.theirs} and {row.ours} do not find the same: {seen}")


def memory_line(row, found):
    """The most of all calls and rounds, on top of what was in use."""
    def peak(name):
        return max((answer["peak"] for answers in found.get(name, ()) for answer in answers),
                   default=None)

    def text(size):
        return "–" if size is None else f"{size / MIB:.0f}"

    return (f"| {row.work} | {text(row.memory)} | {text(peak(row.theirs))} | "
            f"{text(peak(row.ours))} | {text(row.memory + 64 * MIB)} |")


MEMORY_HEAD = """| memory at most, MiB | the values | TensorFlow | Regraft | goal |
|---|---|---|---|---|"""


def load():
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def machine():
    cpu = next((line.split(":", 1)[1].strip()
                for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{cpu}, {os.cpu_count()} threads, {memory / (1 << 30):.0f} GiB; {system}"


def commit(source):
    def git(*words):
        return subprocess.run(["git", "-C", os.fspath(source), *words], capture_output=True,
                              text=True).stdout.strip()

    changed = ", changed" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{git('rev-parse', '--short', 'HEAD') or 'unknown'}{changed}"


def versions(python, packages):
    """What an environment has of them, as text."""
    if python is None:
        return ""
    program = ("import importlib.metadata as m, sys\n"
               "for name in sys.argv[1:]: print(name.split('_')[0], m.version(name))")
    said = subprocess.run([*python, "-c", program, *packages], check=True, capture_output=True,
                          text=True).stdout
    return ", ".join(said.split("\n")).rstrip(", ")
