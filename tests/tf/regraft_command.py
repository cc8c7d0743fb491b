"""Runs the command for tests, and looks at what it wrote.

A test script that uses this takes the command's path as its first argument and starts with
main().
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_command = None


class CommandTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        keras.backend.clear_session()  # Automatic names start anew.
        keras.utils.set_random_seed(20240229)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def regraft(self, *arguments, status=0):
        """Runs the command; what it printed, and to stderr."""
        words = [str(argument) for argument in arguments]
        done = subprocess.run([_command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
        self.assertEqual(done.returncode, status,
                         f"regraft {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def copy(self, *arguments):
        """`regraft copy` to a new prefix, which is returned."""
        destination = f"{self.folder}/copied-{len(os.listdir(self.folder))}/ckpt"
        self.regraft("copy", *arguments, destination)
        return destination

    def assert_equal(self, actual, expected, what=""):
        """Equal bit for bit."""
        actual, expected = np.asarray(actual), np.asarray(expected)
        self.assertEqual((actual.dtype, actual.shape), (expected.dtype, expected.shape), what)
        if actual.dtype == object:
            self.assertEqual(actual.tolist(), expected.tolist(), what)
        else:
            self.assertEqual(actual.tobytes(), expected.tobytes(), what)


def files_of(prefix):
    """Content of a checkpoint's files, by what follows the prefix in their names."""
    prefix = pathlib.Path(prefix)
    return {path.name[len(prefix.name):]: path.read_bytes()
            for path in prefix.parent.iterdir()
            if path.name == prefix.name + ".index" or path.name.startswith(prefix.name + ".data-")}


def values_of(prefix):
    """Every value that TensorFlow reads, by key."""
    reader = tf.train.load_checkpoint(prefix)
    return {key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()
            if key != "_CHECKPOINTABLE_OBJECT_GRAPH"}


def main():
    global _command
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: SCRIPT COMMAND [TEST...]")
    _command = str(pathlib.Path(sys.argv.pop(1)).resolve())
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}", file=sys.stderr)
    tf.get_logger().setLevel("ERROR")
    unittest.main()
