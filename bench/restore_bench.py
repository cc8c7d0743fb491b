"""How long does TensorFlow take to open a checkpoint and read everything in it?

Usage: restore_bench.py PREFIX
Prints seconds: `list` for tf.train.list_variables, `open` for tf.train.load_checkpoint,
`reader` for its get_tensor() on every key, `restore` for one RestoreV2 operation over all
keys, which is what tf.train.Checkpoint.restore comes down to at its best.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf  # noqa: E402  (after the environment)


def timed(label, function):
    start = time.perf_counter()
    result = function()
    print(f"{label} {time.perf_counter() - start:.6f}", flush=True)
    return result


def main():
    prefix = sys.argv[1]
    # The first operation starts the runtime; that is not what is asked.
    tf.constant(1) + 1
    reader = timed("open", lambda: tf.train.load_checkpoint(prefix))
    dtypes = reader.get_variable_to_dtype_map()
    keys = sorted(key for key, dtype in dtypes.items() if dtype != tf.string)
    timed("list", lambda: tf.train.list_variables(prefix))
    if "--list-only" in sys.argv:
        return
    timed("reader", lambda: [reader.get_tensor(key) for key in keys])
    timed(
        "restore",
        lambda: tf.raw_ops.RestoreV2(
            prefix=prefix,
            tensor_names=keys,
            shape_and_slices=[""] * len(keys),
            dtypes=[dtypes[key] for key in keys],
        ),
    )


if __name__ == "__main__":
    main()
