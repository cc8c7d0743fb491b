#!/usr/bin/env python3
"""Makes values.tsv: what other libraries read from the files of the corpus.

Usage: make_values.py WHOLE

Writes the id, the key and the SHA-256 of the values, row-major and little-endian, of every tensor of
numbers in the files of HDF5, Keras 3, NumPy and safetensors, as h5py 3.16, NumPy 2.4 and safetensors
0.8.0 read them. Text and compressed values are left out.
"""
import hashlib
import io
import pathlib
import re
import sys
import zipfile

import h5py
import ml_dtypes  # noqa: F401  Gives NumPy its bfloat16.
import numpy as np
from safetensors import SafetensorError, safe_open

OUT = pathlib.Path(__file__).resolve().parent / "values.tsv"


def of_hdf5(path):
    member = "model.weights.h5"
    source = io.BytesIO(zipfile.ZipFile(path).read(member)) if zipfile.is_zipfile(path) else path
    datasets = {}

    def visit(name, found):
        if isinstance(found, h5py.Dataset) and found.chunks is None:
            datasets[name] = found[()]

    with h5py.File(source) as file:
        file.visititems(visit)
    return datasets


def of_npz(path):
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays:
            try:
                yield name, arrays[name]
            except ValueError:  # A pickle.
                pass


def of_safetensors(path):
    try:
        with safe_open(path, "np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}
    except SafetensorError:
        return {}


READERS = {"HDF5": of_hdf5, "Keras3": of_hdf5, "npz": of_npz, "safetensors": of_safetensors}


def main():
    whole, group, lines = pathlib.Path(sys.argv[1]), "", []
    for line in (whole / "MANIFEST.md").read_text().splitlines():
        if line.startswith("## "):
            group = line[3:]
        row = re.match(r"\| (D\d+) \| (\S+) @ (\w+) \| `(.*?)` \|", line)
        reader = next((r for start, r in READERS.items() if group.startswith(start)), None)
        if not row or not reader:
            continue
        path = whole / row[2].replace("/", "__") / row[3] / row[4]
        for key, value in sorted(dict(reader(path)).items()):
            value = np.asarray(value)
            if value.dtype.kind not in "OSU":
                value = value.astype(value.dtype.newbyteorder("<"))
                lines.append(f"{row[1]}\t{key}\t{hashlib.sha256(value.tobytes()).hexdigest()}\n")
    OUT.write_text("".join(lines))


if __name__ == "__main__":
    main()
