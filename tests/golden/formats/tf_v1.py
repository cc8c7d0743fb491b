"""Writes the V1 checkpoints of this folder, with TensorFlow 2.15: python tf_v1.py FOLDER.

Their values are bytes that count: tests/contract/formats.h makes the same ones.
"""
import os
import sys

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
tf1.disable_eager_execution()

TYPES = ["float32", "float64", "int32", "uint8", "int16", "int8", "int64", "complex64",
         "complex128", "float16", "uint16"]


def array(name, dtype, shape):
    count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    raw = bytes((i * 37 + len(name)) % 251 for i in range(count))
    return np.frombuffer(raw, dtype).reshape(shape)


def variable(name, value):
    return tf1.get_variable(name, initializer=tf.constant(value), use_resource=False)


def save(path, make, **options):
    with tf1.Graph().as_default():
        saver = tf1.train.Saver(make(), write_version=tf1.train.SaverDef.V1, **options)
        with tf1.Session(config=tf1.ConfigProto(device_count={"CPU": 2})) as session:
            session.run(tf1.global_variables_initializer())
            saver.save(session, path, write_meta_graph=False, write_state=False)


def plain():
    made = [variable("all/" + t, array("all/" + t, t, (2, 3))) for t in TYPES]
    made.append(variable("mask", np.array([True, False, True])))
    made.append(variable("none", array("none", "float64", (0, 3))))
    made.append(variable("step", array("step", "int64", ())))
    return made


def sharded():
    made = []
    for device, name in [("/cpu:0", "x/a"), ("/cpu:1", "x/b")]:
        with tf1.device(device):
            made.append(variable(name, array(name, "float32", (2, 3))))
    for name, shape, parts in [("rows", (5, 2), [2, 1]), ("columns", (2, 5), [1, 3])]:
        whole = array(name, "float32", shape)

        def initial(shape, dtype=None, partition_info=None, whole=whole):
            at = zip(partition_info.var_offset, shape)
            return tf.constant(whole[tuple(slice(start, start + size) for start, size in at)])

        made.append(tf1.get_variable(name, shape=shape, initializer=initial, use_resource=False,
                                     partitioner=lambda shape, dtype, parts=parts: parts))
    return made


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
save(os.path.join(folder, "plain.ckpt"), plain)
save(os.path.join(folder, "sharded.ckpt"), sharded, sharded=True)
