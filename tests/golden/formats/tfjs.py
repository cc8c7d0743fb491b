"""Writes the TF.js weights of this folder with the package tensorflowjs: python tfjs.py FOLDER.

Their values are bytes that count, as tests/contract/tfjs.h makes them; the quantised ones are those
of docs/format/tfjs.md.
"""
import json
import os
import sys

import numpy as np
from tensorflowjs import write_weights


def array(name, dtype, shape):
    count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    raw = bytes((i * 37 + len(name)) % 251 for i in range(count))
    return np.frombuffer(raw, dtype).reshape(shape)


def entry(name, dtype, shape):
    return {"name": name, "data": array(name, dtype, shape)}


def write(folder, groups, **options):
    os.makedirs(folder, exist_ok=True)
    manifest = write_weights.write_weights(groups, folder, write_manifest=False, **options)
    model = {"format": "layers-model", "generatedBy": "keras v2.15.0",
             "convertedBy": "TensorFlow.js Converter v4.22.0", "modelTopology": {},
             "weightsManifest": manifest}
    with open(os.path.join(folder, "model.json"), "w") as out:
        json.dump(model, out)


folder = sys.argv[1]
groups = [[entry("dense/kernel", "float32", (4, 3)), entry("dense/bias", "float32", (3,)),
           entry("small", "uint8", (5,)), entry("wide", "uint16", (3,)),
           {"name": "mask", "data": np.array([True, False, True])}],
          [entry("step", "int32", ()), entry("wave", "complex64", (2,)),
           entry("none", "float32", (0, 3))]]
write(os.path.join(folder, "whole"), groups)
write(os.path.join(folder, "cut"), groups, shard_size_bytes=21)
write(os.path.join(folder, "other"),
      [[{"name": "words", "data": np.array(["hi", "\u00e9"], "object")},
        {"name": "q8", "data": np.array([-1, 0, .5, 2], "float32")},
        {"name": "q16", "data": np.array([-1, 0, .5, 2], "float32")},
        {"name": "half", "data": np.array([1, 2.5], "float32")}]],
      quantization_dtype_map={"uint8": "q8", "uint16": "q16", "float16": "half"})
