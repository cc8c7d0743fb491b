"""From a checkpoint to another format and back: equal files, and what real libraries read."""
import subprocess
import sys

import numpy as np
import pytest

import regraft

ENDINGS = [".safetensors", ".npz"]


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "regraft", *map(str, arguments)],
                          capture_output=True, text=True, check=False)


def by_python(source, path, **given):
    given = {name.rstrip("_"): value for name, value in given.items()}
    return regraft.copy(source, path, **given)


def by_command(source, path, **given):
    flags = []
    for name, value in given.items():
        if name == "exclude":
            flags += [word for each in value for word in ("-x", each)]
        else:
            flags += [f"--{name}", "=>".join(*value.items())]
    ran = command("copy", source, path, *flags)
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)


WAYS = pytest.mark.parametrize("copy", [by_python, by_command])
EACH = pytest.mark.parametrize("ending", ENDINGS)


def bundles(corpus):
    """Real checkpoints with names of their own, as far as they are whole."""
    found = []
    for index in sorted(corpus.rglob("*.index")):
        try:
            file = regraft.open(index)
        except regraft.RegraftError:
            continue
        keys = [t.key for t in file.values()]
        if file.kind.startswith("tf") and keys and regraft.verify(file).ok and sum(
                t.nbytes or 0 for t in file.values()) < 2_000_000:
            found.append(index.with_suffix(""))
    return found


def unwritable(file, ending):
    """What the format has no place for: strings, and for safetensors some types."""
    with_none = ("string", "variant", "resource", "qint8", "quint8", "qint32", "complex128")
    return [t.key for t in file.values()
            if t.tf_dtype in with_none and (ending == ".safetensors" or t.tf_dtype != "complex128")]


def contents(path):
    file = regraft.open(path)
    return {t.key: (str(t.dtype), t.shape, t.read().tobytes()) for t in file.values()}


def assert_same_files(a, b, ending):
    assert contents(a) == contents(b)
    # safetensors puts values in the order of their types, which stays.
    for part in (".index", ".data-00000-of-00001") if ending == ".npz" else ():
        assert (a.with_name(a.name + part).read_bytes() == b.with_name(b.name + part).read_bytes())


@WAYS
@EACH
def test_real_checkpoints_go_there_and_back(corpus, tmp_path, ending, copy):
    went = 0
    for number, prefix in enumerate(bundles(corpus)):
        file = regraft.open(prefix)
        # Names are what other formats keep: of a file with an object graph, not its keys.
        if any(t.paths or "/.ATTRIBUTES/" in t.key for t in file.values()):
            continue
        leave = unwritable(file, ending)
        if len(leave) == len(file):
            continue
        plain = tmp_path / f"plain{number}"
        regraft.copy(prefix, plain, exclude=leave, shards=1)
        there = tmp_path / f"there{number}{ending}"
        copy(plain, there)
        copy(there, tmp_path / f"back{number}")
        assert contents(there) == contents(plain)
        assert_same_files(tmp_path / f"back{number}", plain, ending)
        went += 1
    assert went >= 10


def random_arrays(seed):
    random = np.random.default_rng(seed)
    types = ["float32", "float64", "float16", "int8", "int64", "uint16", "bool", "complex64"]
    out = {}
    for number in range(random.integers(1, 12)):
        shape = tuple(random.integers(0, 5, random.integers(0, 4)))
        name = "/".join(random.choice(["a", "layer_1", "b.c", "ä", "k 2"], 2)) + f"/{number}"
        out[name] = (random.standard_normal(shape) * 9).astype(random.choice(types))
    return out


@WAYS
@EACH
@pytest.mark.parametrize("seed", range(4))
def test_random_tensors_are_what_the_library_reads_and_come_back(tmp_path, ending, copy, seed):
    arrays = random_arrays(seed)
    source = regraft.save(tmp_path / "first", arrays)
    there = tmp_path / f"there{ending}"
    copy(source, there)
    if ending == ".npz":
        loaded = dict(np.load(there))
    else:
        loaded = pytest.importorskip("safetensors.numpy").load_file(there)
    assert sorted(loaded) == sorted(arrays)
    for name, value in arrays.items():
        assert loaded[name].dtype == value.dtype and loaded[name].shape == value.shape
        assert loaded[name].tobytes() == np.asarray(value).tobytes()
    copy(there, tmp_path / "back")
    assert_same_files(tmp_path / "back", tmp_path / "first", ending)


@WAYS
@EACH
def test_copies_are_cast_and_renamed_as_checkpoints_are(tmp_path, ending, copy):
    arrays = {"old/w": np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4),
              "old/n": np.arange(3, dtype=np.int32)}
    source = regraft.save(tmp_path / "first", arrays)
    there = tmp_path / f"there{ending}"
    copy(source, there, cast={"float32": "float16"}, map={"old/": "new/"})
    copy(there, tmp_path / "back", map={"new/": "old/"}, cast={"float16": "float32"})
    assert sorted(regraft.open(there)) == ["new/n", "new/w"]
    back = regraft.open(tmp_path / "back")
    np.testing.assert_array_equal(back["old/w"].read(), arrays["old/w"].astype(np.float16))
    np.testing.assert_array_equal(back["old/n"].read(), arrays["old/n"])


@EACH
def test_a_receipt_is_replayed(tmp_path, ending):
    source = regraft.save(tmp_path / "first", random_arrays(1))
    there = tmp_path / f"there{ending}"
    text = regraft.copy(source, there).receipt()
    assert regraft.verify(there, receipt=text).ok
    ran = command("copy", there, tmp_path / "back", "--receipt", tmp_path / "r.json")
    assert ran.returncode == 0, ran.stderr
    assert command("verify", tmp_path / "back", "--receipt", tmp_path / "r.json").returncode == 0
    changed = {name: value + 1 if value.dtype.kind == "f" else value
               for name, value in random_arrays(1).items()}
    regraft.save(there, changed, overwrite=True)
    assert not regraft.verify(there, receipt=text).ok


def test_the_framework_that_a_file_names_is_that_of_its_layout(tmp_path):
    library = pytest.importorskip("safetensors")

    def said(path):
        with library.safe_open(path, "np") as file:
            return (file.metadata() or {}).get("format")

    source = regraft.save(tmp_path / "k", {"d/kernel": np.ones((2, 3), np.float32),
                                           "d/bias": np.ones(3, np.float32)})
    pt, keras, flax = (tmp_path / f"{name}.safetensors" for name in ("pt", "keras", "flax"))
    regraft.copy(source, keras)
    assert said(keras) is None
    regraft.copy(keras, pt, layout="keras->torch")
    assert said(pt) == "pt"
    regraft.copy(pt, keras, layout="torch->keras", overwrite=True)
    assert said(keras) is None  # It was torch's, and is so no more.
    regraft.copy(keras, flax, layout="keras->flax")
    assert said(flax) == "flax"


@EACH
def test_there_is_no_receipt_of_what_a_map_made(tmp_path, ending):
    source = regraft.save(tmp_path / "k", {"d/kernel": np.ones((2, 3), np.float32),
                                           "d/bias": np.ones(3, np.float32)})
    there = tmp_path / f"there{ending}"
    for given, layout in ((source, "keras->torch"),
                          (regraft.open(source, layout="keras->torch"), None)):
        report = regraft.copy(given, there, layout=layout, overwrite=True)
        with pytest.raises(regraft.UnsupportedError, match="made by a map"):
            report.receipt()
    ran = command("copy", source, tmp_path / f"no{ending}", "--layout", "keras->torch",
                  "--receipt", tmp_path / "r.json")
    assert ran.returncode != 0 and "made by a map" in ran.stderr
    assert not (tmp_path / f"no{ending}").exists()


def test_shards_of_safetensors_are_by_size_and_come_back(tmp_path):
    arrays = {f"w{i}": np.full((1000,), i, np.float32) for i in range(6)}
    source = regraft.save(tmp_path / "first", arrays)
    ran = command("copy", source, tmp_path / "m.safetensors", "--max-shard-size", "9kB")
    assert ran.returncode == 0, ran.stderr
    shards = sorted(tmp_path.glob("m-*-of-*.safetensors"))
    assert len(shards) == 3
    regraft.copy(tmp_path / "m.safetensors.index.json", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(tmp_path / "first")
    ran = command("copy", source, tmp_path / "n.safetensors", "--shards", "3")
    assert ran.returncode != 0 and "edit/shards" in ran.stderr
    # A shard is no place for a result that is made of it.
    ran = command("copy", tmp_path / "m.safetensors.index.json", shards[0], "--force")
    assert ran.returncode != 0 and "edit/onto-source" in ran.stderr
