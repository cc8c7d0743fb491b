"""The data of the examples are what examples/make_data.py makes under this TensorFlow.

usage: test_example_data.py EXAMPLES

The checkpoints must be equal byte for byte; the recorded outputs within rounding, which
differs between processors.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

TOLERANCE = 1e-5


def files_below(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def compare(made, kept):
    for path in sorted(set(files_below(made)) ^ set(files_below(kept))):
        yield f"{path}: only in {'what is made' if (made / path).exists() else kept}"
    for path in sorted(set(files_below(made)) & set(files_below(kept))):
        if path.stem != "expected" and (made / path).read_bytes() != (kept / path).read_bytes():
            yield f"{path}: other bytes"
        if path.name == "expected.index":
            new, old = (tf.train.load_checkpoint(str(root / path.with_suffix("")))
                        for root in (made, kept))
            if new.get_variable_to_shape_map() != old.get_variable_to_shape_map():
                yield f"{path}: other tensors"
                continue
            for name in new.get_variable_to_shape_map():
                error = np.max(np.abs(new.get_tensor(name) - old.get_tensor(name)))
                if not error <= TOLERANCE:
                    yield f"{path}: {name} differs by {error}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    examples = pathlib.Path(sys.argv[1])
    version = "keras3" if keras.__version__.startswith("3.") else "keras2"
    with tempfile.TemporaryDirectory() as folder:
        make = examples / "make_data.py"
        subprocess.run([sys.executable, "-W", "ignore", make, folder], check=True)
        made = pathlib.Path(folder) / version
        differences = list(compare(made, examples / "data" / version))
        count = len(files_below(made))
    print("\n".join(differences) or f"data/{version}: all {count} files are as made")
    sys.exit(1 if differences or not count else 0)


if __name__ == "__main__":
    main()
