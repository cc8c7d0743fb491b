"""Files of torch.save, against PyTorch itself."""

import collections
import json

import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")

TYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
         "uint16", "uint32", "uint64", "bool", "complex64", "complex128", "float8_e4m3fn",
         "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")


def values():
    return {f"layers.{name}": (torch.arange(24).reshape(2, 3, 4) % 7).to(getattr(torch, name))
            for name in TYPES}


def same(read, tensor):
    """Bit by bit, as NumPy has not all types of PyTorch."""
    tensor = tensor.detach().clone(memory_format=torch.contiguous_format)
    assert tuple(read.shape) == tuple(tensor.shape)
    whole = tensor.reshape(-1).view(torch.uint8) if tensor.numel() else torch.zeros(0)
    assert np.ascontiguousarray(read).tobytes() == whole.numpy().tobytes()


def views(base):
    return {"whole": base, "tied": base, "turned": base.transpose(0, -1), "part": base[1:],
            "inner": base[:, 1], "steps": base[:, ::2], "alone": base[1, 2, 3],
            "again": base[:1].expand(5, -1, -1), "none": base[:0],
            "permuted": base.permute(1, 2, 0), "slow": base[:, 1:].transpose(1, 2)}


def test_every_type_and_view_is_read_as_pytorch_reads_it(tmp_path):
    pytest.importorskip("ml_dtypes")
    given = {name: view for key, base in values().items()
             for name, view in ((f"{key}/{what}", view) for what, view in views(base).items())}
    torch.save(given, tmp_path / "a.pt")
    loaded = torch.load(tmp_path / "a.pt", weights_only=True)
    file = regraft.open(tmp_path / "a.pt")
    assert file.kind == "torch-zip" and sorted(file) == sorted(given)
    every = file.read_all()
    for name, tensor in loaded.items():
        same(file[name].read(), tensor)
        same(every[name], tensor)
    verified = regraft.verify(tmp_path / "a.pt")
    assert verified.ok


def test_a_module_its_optimizer_and_numbers_beside_them(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(5, 3)).sum().backward()
    optimizer.step()
    torch.save({"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                "losses": [torch.tensor(1.5), 2.5], "rates": collections.OrderedDict(a=0.1)},
               tmp_path / "a.pt")
    file = regraft.open(tmp_path / "a.pt")
    for name, tensor in model.state_dict().items():
        same(file[f"model/{name}"].read(), tensor)
    same(file["optimizer/state/0/exp_avg"].read(), optimizer.state_dict()["state"][0]["exp_avg"])
    same(file["losses/0"].read(), torch.tensor(1.5))
    assert file["optimizer/state/0/exp_avg"].class_ == "@optimizer"
    assert file["model/1.running_mean"].class_ == "@bn-stats"
    assert any("no tensor" in note for note in file.notes)


def test_a_live_module_gets_its_state(tmp_path):
    saved = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    fresh = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    torch.save(saved.state_dict(), tmp_path / "a.pth")
    regraft.restore(tmp_path / "a.pth", fresh)
    for name, tensor in saved.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], tensor)


def test_shards_are_opened_by_their_index_and_by_their_folder(tmp_path):
    given = {name: tensor for name, tensor in values().items() if "float8" not in name}
    names = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    where = {key: names[number % 2] for number, key in enumerate(given)}
    for name in names:
        torch.save({key: given[key].transpose(0, 1) for key in given if where[key] == name},
                   tmp_path / name)
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": where}))
    for path in tmp_path, tmp_path / "pytorch_model.bin.index.json":
        file = regraft.open(path)
        assert sorted(file) == sorted(given)
        for name, tensor in given.items():
            if tensor.dtype != torch.bfloat16:
                same(file[name].read(), tensor.transpose(0, 1))
    (tmp_path / names[1]).unlink()
    file = regraft.open(tmp_path / "pytorch_model.bin.index.json")
    lost = next(key for key in given if where[key] == names[1])
    with pytest.raises(regraft.CheckpointNotFoundError, match="missing"):
        file[lost].read()


def test_what_can_be_mapped_is(tmp_path):
    base = torch.arange(12.0).reshape(3, 4)
    torch.save({"w": base, "part": base[1:], "turned": base.t()}, tmp_path / "a.pt")
    file = regraft.open(tmp_path / "a.pt")
    np.testing.assert_array_equal(file["w"].mmap(), base.numpy())
    np.testing.assert_array_equal(file["part"].mmap(), base[1:].numpy())
    with pytest.raises(regraft.UnsupportedError, match="cannot be mapped"):
        file["turned"].mmap()


def test_what_is_no_plain_tensor_has_its_reason(tmp_path):
    torch.save({"w": torch.ones(2), "sparse": torch.eye(3).to_sparse(),
                "lazy": torch.tensor([1 + 2j]).conj(), "meta": torch.ones(2, device="meta"),
                "parameter": torch.nn.Parameter(torch.ones(2))}, tmp_path / "a.pt")
    file = regraft.open(tmp_path / "a.pt")
    same(file["w"].read(), torch.ones(2))
    same(file["parameter"].read(), torch.ones(2))
    for name, reason in ("sparse", "sparse"), ("lazy", "conj"), ("meta", "without values"):
        with pytest.raises(regraft.UnsupportedError, match=reason):
            file[name].read()


class Called:
    """Says so if a reader runs what is in a file."""

    def __reduce__(self):
        return exec, ("raise SystemExit('the file was run')",)


def test_objects_and_programs_are_refused_and_nothing_is_run(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    torch.save({"w": torch.ones(2), "x": Called()}, tmp_path / "called.pt")
    torch.save(torch.ones(2), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name, what in (("module", "torch.nn.modules.linear.Linear"), ("called", "exec"),
                       ("old", "older kind")):
        with pytest.raises(regraft.UnsupportedError, match=what):
            regraft.open(tmp_path / f"{name}.pt")


def test_a_changed_byte_is_found_also_where_tensors_are_parts(tmp_path):
    base = torch.rand(64, 64)
    torch.save({"a": base[:32], "b": base[:, 0]}, tmp_path / "parts.pt")
    torch.save({"a": base, "b": base.t()}, tmp_path / "whole.pt")
    for name in "parts", "whole":
        path = tmp_path / f"{name}.pt"
        content = bytearray(path.read_bytes())
        at = content.find(base.numpy().tobytes())
        assert regraft.verify(path).ok
        content[at + 5000] ^= 1
        path.write_bytes(content)
        assert not regraft.verify(path).ok
    with pytest.raises(regraft.CorruptError, match="CRC-32"):
        regraft.open(tmp_path / "whole.pt")["a"].read()
