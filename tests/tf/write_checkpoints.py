"""Writes a wide set of checkpoints with the TensorFlow that runs this, for test_differential.py.

usage: write_checkpoints.py FOLDER

Prints the prefix of each checkpoint, one a line, relative to the folder.
"""
import contextlib
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

import keras_checkpoints
import object_checkpoints
import raw_checkpoints
import tf1_checkpoints


MODULES = (raw_checkpoints, object_checkpoints, keras_checkpoints, tf1_checkpoints)


def write_all(out):
    """Their prefixes, relative to the folder `out`."""
    out = pathlib.Path(out)
    tf.get_logger().setLevel("ERROR")
    with contextlib.redirect_stdout(sys.stderr):
        for module in MODULES:
            folder = out / module.__name__.removesuffix("_checkpoints")
            folder.mkdir(parents=True, exist_ok=True)
            for writer in module.WRITERS:
                writer(str(folder))
    return [str(index.relative_to(out).with_suffix("")) for index in sorted(out.rglob("*.index"))]


def main():
    for prefix in write_all(sys.argv[1]):
        print(prefix)


if __name__ == "__main__":
    main()
