"""The same asked of TensorFlow: with_tensorflow.py WORK PATH [ARGUMENT ...]"""

import os
import pathlib
import sys

import numpy as np
import tensorflow as tf

import live
from asked import GRAPH, Work, answer_each_line, first_elements, listed, some


def keys_of(path):
    return sorted(key for key in tf.train.load_checkpoint(path).get_variable_to_shape_map()
                  if key != GRAPH)


def restore_op(path, keys, slices=None):
    return tf.raw_ops.RestoreV2(
        prefix=path, tensor_names=keys, shape_and_slices=slices or [""] * len(keys),
        dtypes=[tf.float32] * len(keys))


def restore(path, wanted="0"):
    """One RestoreV2, which is what tf.train.Checkpoint.restore comes down to at its best."""
    keys = some(keys_of(path), int(wanted))
    return Work(lambda: restore_op(path, keys), lambda read: first_elements(map(np.asarray, read)))


def list_all(path):
    return Work(lambda: tf.train.load_checkpoint(path).get_variable_to_shape_map(), listed)


def rows(path, wanted):
    """Of the one tensor of the file; TensorFlow verifies it, too."""
    (key,) = keys_of(path)
    count, width = tf.train.load_checkpoint(path).get_variable_to_shape_map()[key]
    slices = [f"{count} {width} {count // 2},{wanted}:0,{width}"]

    def found(read):
        (array,) = map(np.asarray, read)
        return [array.nbytes, float(array.flat[0])]

    return Work(lambda: restore_op(path, [key], slices), found)


def save(path, to):
    """One SaveV2, and the files synced, which TensorFlow leaves to the system."""
    keys = keys_of(path)
    tensors = restore_op(path, keys)

    def files():
        return sorted(pathlib.Path(to).parent.glob(pathlib.Path(to).name + ".*"))

    def do():
        tf.raw_ops.SaveV2(prefix=to, tensor_names=keys, shape_and_slices=[""] * len(keys),
                          tensors=tensors)
        for file in files():
            number = os.open(file, os.O_RDONLY)
            os.fsync(number)
            os.close(number)

    def found(_):
        data, index = files()
        size = data.stat().st_size
        data.unlink()
        index.unlink()
        return [len(keys), float(size)]

    return Work(do, found)


def restore_live(path, kind, size):
    return live.restoring(kind, size, path,
                          lambda file, what: tf.train.Checkpoint(**what).read(file))


if __name__ == "__main__":
    tf.constant(1) + 1  # The first operation starts the runtime; that is not what is asked.
    if sys.argv[1] == "make":
        live.make(*sys.argv[2:])
    else:
        answer_each_line({"restore": restore, "list": list_all, "rows": rows, "save": save,
                          "restore-live": restore_live})
