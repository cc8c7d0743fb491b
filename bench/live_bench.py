"""How long do live restores and reading in Python take, beside TensorFlow's own?

Usage: live_bench.py FOLDER [ROUNDS [ROW ...]]
Files are made in FOLDER if they are not there. TensorFlow and Regraft answer every row in each of
ROUNDS rounds (7), and take turns in being first; the ratio is the median of those of the rounds.
Prints the rows of a table, with the spread of the ratios and what each took of
memory at most. `first call` rows begin a process for each round.

Before each call a program of its own touches twice the memory that the call needs and ends: a
virtual machine gives free memory back to its host, and what touches it next pays for it.
"""

import ctypes
import gc
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import keras  # noqa: E402  (after the environment)
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import regraft  # noqa: E402

MIB = 1 << 20


class Live:
    """A restore into variables of TensorFlow."""

    def __init__(self, make, first=False):
        self.make, self.first = make, first

    def prepare(self, path):
        self.object, self.variables = self.make()
        self.path = path
        if not pathlib.Path(path + ".index").exists():
            for number, variable in enumerate(self.variables):
                variable.assign(np.full(variable.shape, number % 97 + 0.5, np.float32))
            tf.train.Checkpoint(**self.object).write(path)
        self.bytes = sum(4 * int(np.prod(variable.shape)) for variable in self.variables)

    def reset(self):
        for variable in self.variables:
            variable.assign(tf.zeros(variable.shape))

    def tensorflow(self):
        tf.train.Checkpoint(**self.object).read(self.path)

    def regraft(self):
        regraft.restore(self.path, self.object)

    def check(self, _):
        for number in range(0, len(self.variables), max(1, len(self.variables) // 50)):
            value = self.variables[number].numpy()
            assert (value == number % 97 + 0.5).all(), number


class Read:
    """Everything in a file, into new memory."""

    first = False

    def __init__(self, count, shape, how):
        self.count, self.shape, self.how = count, shape, how

    def prepare(self, path):
        self.path = path
        if not pathlib.Path(path + ".index").exists():
            values = np.random.default_rng(0).random(self.shape, np.float32)
            regraft.save(path, Tensors(self.count, values))
        reader = tf.train.load_checkpoint(path)
        self.keys = sorted(reader.get_variable_to_shape_map())
        self.bytes = self.count * 4 * int(np.prod(self.shape))

    def reset(self):
        pass

    def tensorflow(self):
        return tf.raw_ops.RestoreV2(
            prefix=self.path, tensor_names=self.keys, shape_and_slices=[""] * len(self.keys),
            dtypes=[tf.float32] * len(self.keys))

    def regraft(self):
        return getattr(regraft.open(self.path), self.how)(progress=False)

    def check(self, read):
        values = list(read.values()) if isinstance(read, dict) else read
        assert len(values) == self.count and tuple(values[-1].shape) == self.shape


class Tensors(dict):
    """Many tensors of one value, made one after the other."""

    def __init__(self, count, values):
        super().__init__((f"layer_{number:05}/kernel", values) for number in range(count))


def resnet():
    model = keras.applications.ResNet50(weights=None)
    return {"model": model}, model.weights


def dense():
    model = keras.Sequential([keras.layers.Input((2048,)),
                              *(keras.layers.Dense(2048) for _ in range(36))])
    return {"model": model}, model.weights


def variables():
    made = [tf.Variable(tf.zeros([512]), name=f"v{number}") for number in range(20000)]
    return {"v": made}, made


ROWS = {
    "ResNet50, live, first call": ("resnet", Live(resnet, first=True)),
    "ResNet50, live": ("resnet", Live(resnet)),
    "600 MB of Keras variables, live": ("dense", Live(dense)),
    "20,000 tf.Variables": ("variables", Live(variables)),
    "read all, 800 MB in 48 tensors": ("large", Read(48, (2048, 2048), "read_all")),
    "map all, verified, the same": ("large", Read(48, (2048, 2048), "mmap_all")),
    "read all, 20,000 of 2 KiB": ("small", Read(20000, (512,), "read_all")),
}


def in_use(name):
    """VmRSS or VmHWM in bytes; 0 where no system tells it."""
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(name)), 0)


TOUCH = """
import mmap, sys
memory = mmap.mmap(-1, int(sys.argv[1]))
if hasattr(mmap, "MADV_HUGEPAGE"):
    memory.madvise(mmap.MADV_HUGEPAGE)
for at in range(0, len(memory), mmap.PAGESIZE):
    memory[at] = 1
"""


def measured(row, who):
    """(seconds, bytes at most, on top of what was in use)."""
    row.reset()
    gc.collect()
    if sys.platform == "linux":  # What was freed counts as in use until it is given back.
        ctypes.CDLL(None).malloc_trim(0)
    subprocess.run([sys.executable, "-S", "-c", TOUCH, str(2 * row.bytes + 64 * MIB)], check=True)
    peaks = pathlib.Path("/proc/self/clear_refs")
    if peaks.exists():
        peaks.write_text("5")
    before, start = in_use("VmRSS"), time.perf_counter()
    made = getattr(row, who)()
    seconds = time.perf_counter() - start
    peak = in_use("VmHWM") - before
    row.check(made)
    return seconds, peak


def rounds_of(title, path, rounds):
    """(TensorFlow's, Regraft's) measures of each round."""
    row = ROWS[title][1]
    if not row.first:
        row.prepare(path)
    for number in range(rounds):
        order = ["tensorflow", "regraft"][::1 if number % 2 else -1]
        if row.first:
            ran = subprocess.run([sys.executable, __file__, "--first", title, path, *order],
                                 check=True, capture_output=True, text=True)
            found = {line.split()[0]: tuple(map(float, line.split()[1:]))
                     for line in ran.stdout.splitlines()}
        else:
            found = {who: measured(row, who) for who in order}
        yield found["tensorflow"], found["regraft"]


def line(title, found):
    ratios = sorted(theirs[0] / ours[0] for theirs, ours in found)
    middle = [statistics.median(each) for each in zip(*((a[0], b[0], a[1], b[1])
                                                        for a, b in found))]
    return (f"| {title} | {middle[0]:.3f} | {middle[1]:.3f} | {statistics.median(ratios):.2f} "
            f"({ratios[0]:.2f}-{ratios[-1]:.2f}) | {middle[2] / MIB:.0f} | "
            f"{middle[3] / MIB:.0f} |")


def main():
    if sys.argv[1] == "--first":
        title, path, *order = sys.argv[2:]
        row = ROWS[title][1]
        row.prepare(path)
        for who in order:
            print(who, *measured(row, who))
        return
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    print(f"| TensorFlow {tf.__version__}, Keras {keras.__version__} | TensorFlow, s | Regraft, "
          "s | ratio (all rounds) | TensorFlow, MiB | Regraft, MiB |")
    print("|---|---|---|---|---|---|", flush=True)
    for title in sys.argv[3:] or ROWS:
        path = os.path.join(folder, f"{ROWS[title][0]}-{keras.__version__}")
        print(line(title, list(rounds_of(title, path, rounds))), flush=True)


if __name__ == "__main__":
    main()
