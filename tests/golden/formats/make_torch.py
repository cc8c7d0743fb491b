"""Writes the files of torch/: python make_torch.py FOLDER, with PyTorch 2.x.

PyTorch writes little-endian files on all machines that it runs on; big_endian.pt is whole.pt with its
storages swapped and its member "byteorder" changed.
"""

import json
import sys
import zipfile

import torch

folder = sys.argv[1]
floats = torch.arange(12.0).reshape(3, 4)
whole = {
    "layers.0.weight": floats,
    "tied": floats,
    "step": torch.tensor(7),
    "none": torch.zeros(0, 3, dtype=torch.float64),
    "turned": torch.arange(12, dtype=torch.int16).reshape(4, 3).t().contiguous().t(),
}
torch.save(whole, f"{folder}/whole.pt")
torch.save({"epoch": 3, "model": {"rows": floats[1:], "column": floats[:, 1]}}, f"{folder}/parts.pt")

sizes = {"0": 4, "1": 8, "2": 8, "3": 2}  # By the keys of the storages, in the order of the dict.
with zipfile.ZipFile(f"{folder}/whole.pt") as source, \
        zipfile.ZipFile(f"{folder}/big_endian.pt", "w") as target:
    for member in source.infolist():
        content = source.read(member)
        if member.filename.endswith("/byteorder"):
            content = b"big"
        top, _, key = member.filename.rpartition("/data/")
        if top:
            unit = sizes[key]
            content = b"".join(content[i:i + unit][::-1] for i in range(0, len(content), unit))
        target.writestr(zipfile.ZipInfo(member.filename), content)

names = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
split = [{k: whole[k] for k in ("layers.0.weight", "tied")}, {k: whole[k] for k in ("step", "none", "turned")}]
for name, part in zip(names, split):
    torch.save(part, f"{folder}/{name}")
index = {"metadata": {"total_size": 12 * 4 * 2 + 8 + 24},
         "weight_map": {key: name for name, part in zip(names, split) for key in part}}
with open(f"{folder}/pytorch_model.bin.index.json", "w") as out:
    json.dump(index, out, indent=2)
