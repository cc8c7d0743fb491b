"""The same asked of h5py: with_h5py.py load PATH, or with_h5py.py make PATH SAFETENSORS"""

import json
import sys

import h5py
import numpy as np
from asked import Work, answer_each_line, first_elements


def load(path):
    def read():
        found = {}

        def take(name, at):
            if isinstance(at, h5py.Dataset):
                found[name] = at[()]

        with h5py.File(path) as file:
            file.visititems(take)
        return found

    return Work(read, lambda read: first_elements(array for _, array in sorted(read.items())))


def make(path, source):
    """Contiguous datasets with the values of a file of float32."""
    with open(source, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    with h5py.File(path, "w") as file:
        for name, tensor in header.items():
            file[name] = np.memmap(source, np.float32, "r", 8 + size + tensor["data_offsets"][0],
                                   tuple(tensor["shape"]))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        answer_each_line({"load": load})
