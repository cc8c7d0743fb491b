"""safetensors files, by the same calls as TensorFlow's, and against the library itself."""

import numpy as np
import pytest

import regraft

TYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32",
         "uint16", "uint8", "bool", "complex64")


def arrays(seed=0):
    random = np.random.RandomState(seed)
    made = {f"layers.{number}.{dtype}": (random.rand(3, number + 1) * 9).astype(dtype)
            for number, dtype in enumerate(TYPES)}
    return {**made, "scalar": np.float32(7), "none": np.zeros((0, 4), "float32")}


def test_what_is_saved_is_read_and_restored(tmp_path):
    given = arrays()
    path = regraft.save(tmp_path / "model.safetensors", given)
    assert path == str(tmp_path / "model.safetensors")
    file = regraft.open(path)
    assert file.kind == "safetensors" and sorted(file) == sorted(given)
    into = {name: np.zeros_like(value) for name, value in given.items()}
    assert len(regraft.restore(path, into).restored) == len(given)
    for name, value in given.items():
        np.testing.assert_array_equal(into[name], value)


def test_the_library_writes_the_same_bytes_and_reads_ours(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    given = {name: np.asarray(value) for name, value in arrays(1).items()}
    ours = tmp_path / "ours.safetensors"
    regraft.save(ours, given)
    library.save_file(given, tmp_path / "theirs.safetensors")
    assert ours.read_bytes() == (tmp_path / "theirs.safetensors").read_bytes()
    for name, value in library.load_file(ours).items():
        np.testing.assert_array_equal(value, given[name])


def test_metadata_go_along_and_bfloat16_is_read(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    path = tmp_path / "a.safetensors"
    value = np.arange(4).astype(bfloat16)
    library.save_file({"w": value}, path, metadata={"format": "pt"})
    regraft.copy(path, tmp_path / "b.safetensors", map={"w": "v"})
    from safetensors import safe_open

    with safe_open(tmp_path / "b.safetensors", "np") as copied:
        assert copied.metadata() == {"format": "pt"}
    np.testing.assert_array_equal(regraft.open(tmp_path / "b.safetensors")["v"].read(), value)


def test_copies_go_both_ways_and_say_what_is_not_verified(tmp_path):
    given = arrays(2)
    first = regraft.save(tmp_path / "tf" / "ckpt", given)
    report = regraft.copy(first, tmp_path / "x.safetensors")
    assert "x.safetensors:" in str(report) and ".index" not in str(report)
    regraft.copy(tmp_path / "x.safetensors", tmp_path / "back")
    for name, value in given.items():
        np.testing.assert_array_equal(regraft.open(tmp_path / "back")[name].read(), value)
    verified = regraft.verify(tmp_path / "x.safetensors")
    assert verified.ok and verified.unproven == len(given)
    assert "no checksums" in str(verified)
    assert regraft.verify(tmp_path / "back").unproven == 0


def test_shards_are_opened_by_their_index_and_by_their_folder(tmp_path):
    given = arrays(3)
    regraft.copy(regraft.save(tmp_path / "tf" / "ckpt", given),
                 tmp_path / "hub" / "model.safetensors", max_shard_bytes=200)
    parts = sorted(path.name for path in (tmp_path / "hub").iterdir())
    assert parts[0].startswith("model-00001-of-0") and parts[-1] == "model.safetensors.index.json"
    for where in tmp_path / "hub", tmp_path / "hub" / parts[-1]:
        assert sorted(regraft.open(where)) == sorted(given)


def test_what_the_format_has_no_place_for_is_refused(tmp_path):
    with pytest.raises(regraft.UnsupportedError, match="no type for complex128"):
        regraft.save(tmp_path / "a.safetensors", {"w": np.zeros(2, "complex128")})
    with pytest.raises(regraft.UnsupportedError, match="no type for string"):
        regraft.save(tmp_path / "a.safetensors", {"w": np.array(["text"])})
    path = regraft.save(tmp_path / "ckpt", {"w": np.zeros(2)})
    with pytest.raises(regraft.UnsupportedError, match="links"):
        regraft.copy(path, tmp_path / "a.safetensors", link=True)
    assert [path.name for path in tmp_path.glob("*safetensors*")] == []


def test_a_value_goes_to_no_other_layer_of_a_sequential(tmp_path):
    torch = pytest.importorskip("torch")

    def model(*sizes):
        return torch.nn.Sequential(*(torch.nn.Linear(4, 4) for _ in range(*sizes)))

    saved, same, longer = model(3), model(3), model(4)
    path = regraft.save(tmp_path / "m.safetensors",
                        {name: value.numpy() for name, value in saved.state_dict().items()})
    regraft.restore(path, same)
    for name, value in saved.state_dict().items():
        assert torch.equal(same.state_dict()[name], value)
    with pytest.raises(regraft.UnmetError, match="not in the checkpoint"):
        regraft.restore(path, longer)  # Which of the four is new, nobody knows.
    regraft.restore(path, longer, identity="places", missing="keep")


def test_statistics_are_told_from_weights(tmp_path):
    path = regraft.save(tmp_path / "m.safetensors", {
        "norm.weight": np.zeros(2), "norm.bias": np.zeros(2), "norm.running_mean": np.zeros(2),
        "norm.running_var": np.zeros(2), "norm.num_batches_tracked": np.int64(1)})
    file = regraft.open(path)
    classes = {name: file[name].class_ for name in file}
    assert classes["norm.running_var"] == classes["norm.num_batches_tracked"] == "@bn-stats"
    assert classes["norm.weight"] == "@weights"


def test_maps_are_views_and_no_checksum_is_made_up(tmp_path):
    path = regraft.save(tmp_path / "m.safetensors", {"w": np.arange(6.0)})
    file = regraft.open(path)
    assert file["w"].crc32c is None
    np.testing.assert_array_equal(file["w"].mmap(verify=True), np.arange(6.0))
    assert list(file.read_all()) == list(file.mmap_all()) == ["w"]
