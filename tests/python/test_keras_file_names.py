"""What entries of Keras' files are called, against the variables that Keras wrote."""
import io
import zipfile

import numpy as np
import pytest

import regraft

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

import keras_zoo as zoo  # noqa: E402
from keras import layers  # noqa: E402
from test_keras_files import KINDS, saved  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
OPTIMIZERS = {
    "none": None,
    "adam": lambda: keras.optimizers.Adam(amsgrad=True, use_ema=True),
    "momentum": lambda: keras.optimizers.SGD(momentum=0.9),
    "rmsprop": lambda: keras.optimizers.RMSprop(momentum=0.9, centered=True),
    "ftrl": lambda: keras.optimizers.Ftrl(),
    "adadelta": lambda: keras.optimizers.Adadelta(),
    "adamax": lambda: keras.optimizers.Adamax(),
    "nadam": lambda: keras.optimizers.Nadam(),
    "lion": lambda: keras.optimizers.Lion(),
}


def datasets(path):
    """The values of a file, by the keys that Regraft has for them, as h5py reads them."""
    found = {}
    stored = zipfile.ZipFile(path).read("model.weights.h5") if path.endswith(".keras") else None
    with h5py.File(io.BytesIO(stored) if stored else path, "r") as file:
        file.visititems(lambda name, item: found.update({name: np.array(item)})
                        if isinstance(item, h5py.Dataset) else None)
    return found


def full_name(variable):
    return zoo.name_of(variable).split(":")[0]


def check(path, variables):
    """Every name that Regraft has is that of the variable with this value, or the end of it
    below models; what it has no name for is called by its place. The number of names."""
    wanted = {}
    for variable in variables:
        value = zoo.array(variable)
        wanted.setdefault((value.shape, value.tobytes()), []).append(full_name(variable))
    stored, named = datasets(path), 0
    file = regraft.open(path)
    assert {file[name].key for name in file} == set(stored)
    for name in file:
        tensor = file[name]
        value = stored[tensor.key]
        np.testing.assert_array_equal(np.asarray(tensor.read()), value)
        theirs = wanted.get((value.shape, value.tobytes()))
        told = tensor.full_name
        if theirs is None or not told or told.rsplit("/", 1)[-1].isdigit():
            continue
        assert any(each == told or each.endswith(f"/{told}") or told.endswith(f"/{each}")
                   for each in theirs), (path, tensor.key, told, theirs)
        named += 1
    return named


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != ".weights.json"])
@pytest.mark.parametrize("make", zoo.MODELS, ids=lambda make: make.__name__)
def test_names_are_those_of_the_variables(make, kind, tmp_path):
    zoo.clear()
    zoo.filled(zoo.automatic, 3)  # Counts do not begin at zero.
    model = zoo.filled(make, 1)
    path = saved(model, tmp_path / f"model{kind}")
    named = check(path, model.weights)
    if kind == ".h5":
        assert named == len(model.weights)
    elif zoo.IS_KERAS_3:
        assert named >= len(model.weights) * 2 / 3


@pytest.mark.parametrize("kind", [".keras", ".h5"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_names_of_slots_are_those_of_the_optimizer(optimizer, kind, tmp_path):
    zoo.clear()
    first = zoo.inputs()
    shared = layers.Dense(zoo.WIDTH, name="shared")
    inner = keras.Sequential([zoo.inputs(), layers.Dense(zoo.WIDTH), layers.PReLU(),
                              layers.BatchNormalization(scale=False)], name="inner")
    model = keras.Model(first, layers.Dense(2)(inner(shared(shared(first)))))
    state = []
    if OPTIMIZERS[optimizer]:
        model.compile(OPTIMIZERS[optimizer](), "mse")
        model.train_on_batch(np.ones((2, zoo.WIDTH), np.float32), np.ones((2, 2), np.float32))
        state = zoo.state_of(model.optimizer)
    zoo.fill([*model.weights, *state], 1)
    path = saved(model, tmp_path / f"model{kind}")
    named = check(path, [*model.weights, *state])
    assert named >= len(model.weights) + len(state) - 1
