"""`regraft restore SRC --into FILE -o NEW` where FILE is one that only Keras or h5py makes."""

import re
import shlex
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import regraft

h5py = pytest.importorskip("h5py")


def restore(source, into, out, *more):
    return subprocess.run([sys.executable, "-m", "regraft", "restore", str(source), "--into",
                           str(into), "-o", str(out), *more], capture_output=True, text=True,
                          check=False)


@pytest.fixture(name="keras", scope="module")
def keras_fixture():
    return pytest.importorskip("keras")


def build(keras, seed):
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    outputs = layers.Conv2D(4, 3, name="conv")(inputs)
    outputs = layers.BatchNormalization(name="bn")(outputs)
    outputs = layers.Flatten()(outputs)
    outputs = layers.Dense(5, name="hidden", activation="relu")(outputs)
    outputs = layers.Dense(2, name="head")(outputs)
    model = keras.Model(inputs, outputs, name="net")
    model.compile("adam", keras.losses.MeanSquaredError())
    random = np.random.RandomState(seed)
    model.fit(random.rand(8, 8, 8, 3), random.rand(8, 2), verbose=0)
    return model


def save(model, path):
    if str(path).endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
@pytest.mark.parametrize("source", [".keras", ".h5", ".weights.h5", ".npz", ".safetensors"])
def test_keras_loads_the_result_and_predicts_as_the_source(keras, tmp_path, ending, source):
    trained, other = build(keras, 1), build(keras, 2)
    given, into, out = (tmp_path / f"{name}{ending}" for name in ("given", "into", "out"))
    save(trained, given)
    save(other, into)
    if source != ending:
        given = tmp_path / f"given{source}"
        if source in (".npz", ".safetensors"):
            save(trained, tmp_path / "given.keras")
            # Named as in the model; a file of arrays has nothing else.
            regraft.copy(tmp_path / "given.keras", given, include=["@weights", "@bn-stats"])
        else:
            save(trained, given)
    chosen = ["--include", "@weights", "--include", "@bn-stats"]
    ran = restore(given, into, out, *chosen)
    weights_of_2 = keras.__version__.startswith("2.") and ".weights.h5" in (source, ending)
    if weights_of_2 and {source, ending} != {".weights.h5"} and ".keras" not in (source, ending):
        # Such a file says of which class a layer is, and not its name: what fits is offered.
        assert ran.returncode == 1 and not out.exists()
        (offered,) = re.findall(r"^ *try +(.*?) +resolves 10 of 10$", ran.stderr, re.MULTILINE)
        ran = restore(given, into, out, *chosen, *shlex.split(offered))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if ending == ".weights.h5":
        loaded = build(keras, 3)
        loaded.load_weights(out)
    else:
        loaded = keras.models.load_model(out)
    image = np.random.RandomState(0).rand(4, 8, 8, 3).astype("float32")
    np.testing.assert_array_equal(loaded.predict(image, verbose=0),
                                  trained.predict(image, verbose=0))
    for mine, its in zip(loaded.weights, trained.weights):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(its))
    assert regraft.verify(out).ok
    if ending == ".keras":
        with zipfile.ZipFile(out) as archive:
            assert archive.testzip() is None


def test_only_what_is_chosen_is_replaced(keras, tmp_path):
    trained, other = build(keras, 1), build(keras, 2)
    trained.save(tmp_path / "given.keras")
    other.save(tmp_path / "into.keras")
    ran = restore(tmp_path / "given.keras", tmp_path / "into.keras", tmp_path / "out.keras",
                  "--include", "conv/**")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    loaded = keras.models.load_model(tmp_path / "out.keras")
    for name, model in (("conv", trained), ("bn", other), ("hidden", other), ("head", other)):
        for mine, its in zip(loaded.get_layer(name).get_weights(),
                             model.get_layer(name).get_weights()):
            np.testing.assert_array_equal(mine, its)


def test_hdf5_takes_values_where_it_has_a_place_of_their_own(tmp_path):
    kinds = ("plain", "big", "chunked", "deflated", "compact", "text")
    old = np.arange(6, dtype="f4").reshape(2, 3)
    with h5py.File(tmp_path / "into.h5", "w") as file:
        file["plain"] = old
        file["big"] = old.astype(">f4")
        file.create_dataset("chunked", data=old, chunks=(1, 3))
        file.create_dataset("deflated", data=old, compression="gzip")
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)),
                        plist).write(h5py.h5s.ALL, h5py.h5s.ALL, old)
        file["text"] = "a text"
        file["again"] = file["plain"]
    new = old + 10
    np.savez(tmp_path / "new.npz", **{kind: new for kind in kinds[:5]})
    for kind in kinds[:5]:
        out = tmp_path / f"{kind}.h5"
        ran = restore(tmp_path / "new.npz", tmp_path / "into.h5", out, "--include", kind)
        if kind in ("plain", "big"):
            assert ran.returncode == 0, ran.stdout + ran.stderr
            with h5py.File(out) as file:
                for name in kinds[:5]:
                    np.testing.assert_array_equal(file[name][...], new if name == kind else old)
                np.testing.assert_array_equal(file["again"][...], file["plain"][...])
                assert file["text"].asstr()[()] == "a text"
        else:
            assert ran.returncode != 0 and not out.exists()
            assert "template/not-in-place" in ran.stderr or "hdf5/" in ran.stderr
