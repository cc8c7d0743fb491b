"""Writes the files of numpy/: python make_numpy.py FOLDER, with NumPy 2.4."""

import sys

import numpy as np

folder = sys.argv[1]
arrays = {
    "columns": np.asfortranarray(np.arange(12, dtype="<f4").reshape(3, 4)),
    "big": np.arange(5, dtype=">i4"),
    "none": np.zeros((0, 3)),
    "scalar": np.int64(7),
    "params/rows": np.arange(12, dtype="u1").reshape(2, 3, 2),
}
np.savez(f"{folder}/stored.npz", **arrays)
np.savez_compressed(f"{folder}/deflated.npz", **arrays)
np.save(f"{folder}/rows.npy", np.arange(12, dtype="<f4").reshape(3, 4))
np.save(f"{folder}/columns.npy", np.asfortranarray(np.arange(24, dtype="<i2").reshape(2, 3, 4)))
