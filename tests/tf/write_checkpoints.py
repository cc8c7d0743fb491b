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


def main():
    out = pathlib.Path(sys.argv[1])
    tf.get_logger().setLevel("ERROR")
    with contextlib.redirect_stdout(sys.stderr):
        for module in (raw_checkpoints, object_checkpoints, keras_checkpoints, tf1_checkpoints):
            folder = out / module.__name__.removesuffix("_checkpoints")
            folder.mkdir(parents=True, exist_ok=True)
            for writer in module.WRITERS:
                writer(str(folder))
    for index in sorted(out.rglob("*.index")):
        print(index.relative_to(out).with_suffix(""))


if __name__ == "__main__":
    main()
