"""Whole models of Keras in torch and back: files that Keras wrote, modules that predict the same."""
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")
if keras.__version__.startswith("2"):
    pytest.skip("Keras 3 runs beside torch", allow_module_level=True)

L, T = keras.layers, torch.nn
RANDOM = np.random.default_rng(5)
FILES = ["m.keras", "m.weights.h5", "m.h5"]


def numbers(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def variables(model):
    return [v for v in model.weights if not v.path.endswith("seed_generator_state")]


def shaken(model):
    """The model with random values, none of which is what a layer begins with."""
    for variable in variables(model):
        value = numbers(*variable.shape) * 0.3
        variable.assign(np.abs(value) + 0.5 if "variance" in variable.path else value)
    return model


def saved(model, path):
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "regraft", *map(str, arguments)],
                          capture_output=True, text=True, check=False)


def channels_first(x):
    return torch.from_numpy(np.moveaxis(x, -1, 1).copy())


class Module(T.Module):
    """Modules by name, and what is done with them."""

    def __init__(self, forward, **modules):
        super().__init__()
        self._forward = forward
        for name, module in modules.items():
            setattr(self, name, module)
        self.eval()

    def forward(self, *given):
        return self._forward(self, *given)


def torch_numbers(module):
    """The module with random values."""
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if value.dtype.is_floating_point:
                random = torch.from_numpy(np.asarray(numbers(*value.shape) * 0.3))
                value.copy_(random.abs() + 0.5 if name.endswith("running_var") else random)
            if "bias_hh" in name and not name.startswith("gru"):
                value.zero_()  # Keras has one bias, which is the sum of the two.
    return module


def cnn():
    return keras.Sequential([
        keras.Input((8, 8, 4)),
        L.Conv2D(4, 3, activation="relu", name="square"),
        L.BatchNormalization(name="norm"),
        L.DepthwiseConv2D(3, depth_multiplier=2, name="wise"),
        L.SeparableConv2D(5, 2, name="apart"),
        L.Conv2DTranspose(6, 3, strides=2, name="up"),
        L.Flatten(name="flat"),
        L.Dense(7, name="head"),
    ], name="net")


def torch_cnn():
    def forward(net, x):
        x = net.wise(net.norm(torch.relu(net.square(x))))
        return net.head(net.up(net.apart(x)).flatten(1))

    return Module(
        forward, square=T.Conv2d(4, 4, 3), norm=T.BatchNorm2d(4, eps=1e-3),
        wise=T.Conv2d(4, 8, 3, groups=4),
        apart=T.Sequential(T.Conv2d(8, 8, 2, groups=8, bias=False), T.Conv2d(8, 5, 1)),
        up=T.ConvTranspose2d(5, 6, 3, stride=2), head=T.Linear(7 * 7 * 6, 7))


def words(recurrent, name):
    return keras.Sequential([
        keras.Input((6,), dtype="int32"), L.Embedding(11, 4, name="embed"), recurrent,
        L.LayerNormalization(name="norm"), L.Dense(3, name="head")], name="net")


def torch_words(recurrent, name, features):
    def forward(net, x):
        y, _ = getattr(net, name)(net.embed(x))
        return net.head(net.norm(y))

    return Module(forward, embed=T.Embedding(11, 4), norm=T.LayerNorm(features, eps=1e-3),
                  head=T.Linear(features, 3), **{name: recurrent})


def attention():
    x = keras.Input((5, 6))
    y = L.MultiHeadAttention(2, 3, name="heads")(x, x)
    return keras.Model(x, L.Dense(4, name="head")(y), name="net")


def torch_attention():
    return Module(lambda net, x: net.head(net.heads(x, x, x)[0]),
                  heads=T.MultiheadAttention(6, 2, batch_first=True), head=T.Linear(6, 4))


def image():
    return numbers(2, 8, 8, 4)


def tokens():
    return RANDOM.integers(0, 11, (2, 6))


def recurrent(name, make, features, module):
    return (name, lambda: words(make(), name), lambda: torch_words(module(), name, features),
            tokens, torch.from_numpy, {},
            {"embed": "Embedding"})


SAID = {"square": "Conv2D", "wise": "DepthwiseConv2D", "up": "Conv2DTranspose",
        "head": "flatten 7 7 6"}
SAID_BACK = {"square": "Conv2d", "wise": "DepthwiseConv2D 2", "apart.0": "DepthwiseConv2D 1",
             "apart.1": "Conv2d", "up": "ConvTranspose2d", "head": "flatten 7 7 6"}
# Its name, both models, what goes in, how torch has it, and what has to be said of layers.
MODELS = [
    ("cnn", cnn, torch_cnn, image, channels_first, SAID, SAID_BACK),
    recurrent("lstm", lambda: L.LSTM(5, return_sequences=True, name="lstm"), 5,
              lambda: T.LSTM(4, 5, batch_first=True)),
    recurrent("gru", lambda: L.GRU(5, return_sequences=True, name="gru"), 5,
              lambda: T.GRU(4, 5, batch_first=True)),
    recurrent("both", lambda: L.Bidirectional(L.LSTM(5, return_sequences=True, name="lstm"), name="both"), 10,
              lambda: T.LSTM(4, 5, batch_first=True, bidirectional=True)),
    recurrent("gru_both", lambda: L.Bidirectional(L.GRU(5, return_sequences=True, name="gru"),
                                                  name="gru_both"), 10,
              lambda: T.GRU(4, 5, batch_first=True, bidirectional=True)),
    ("attention", attention, torch_attention, lambda: numbers(2, 5, 6), torch.from_numpy, {},
     {"heads": "heads 2"}),
]
each_model = pytest.mark.parametrize("make, make_torch, inputs, as_torch, said, said_back",
                                     [row[1:] for row in MODELS], ids=[row[0] for row in MODELS])
each_file = pytest.mark.parametrize("file", FILES)


def layer_flags(said):
    return [flag for layer, what in said.items() for flag in ("--layer", f"{layer}=>{what}")]


def assert_predict_alike(model, net, x, as_torch):
    expected = np.asarray(keras.ops.convert_to_numpy(model(x)))
    with torch.no_grad():
        found = net(as_torch(x)).numpy()
    assert np.abs(expected).max() > 1e-2
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@each_file
@each_model
def test_a_file_of_keras_in_a_module_of_torch(tmp_path, file, make, make_torch, inputs, as_torch,
                                              said, said_back):
    model = shaken(make())
    path = saved(model, tmp_path / file)
    net = torch_numbers(make_torch())
    regraft.restore(path, net, layout="keras->torch",
                    layers={"head": said["head"]} if "head" in said else None)
    assert_predict_alike(model, net, inputs(), as_torch)


@each_file
@each_model
def test_the_command_makes_a_file_that_torch_loads(tmp_path, file, make, make_torch, inputs,
                                                   as_torch, said, said_back):
    model = shaken(make())
    path = saved(model, tmp_path / file)
    there = tmp_path / "there.safetensors"
    named = map_of_named(regraft.open(path))
    ran = command("copy", path, there, "--layout", "keras->torch", *layer_flags(said),
                  *(["--regex", "s/^net[.]//"] if named else []))
    assert ran.returncode == 0, ran.stderr
    net = make_torch()
    stored = regraft.open(there)
    net.load_state_dict({name: torch.from_numpy(np.array(stored[name].read())) for name in stored})
    assert_predict_alike(model, net, inputs(), as_torch)


@each_file
@each_model
def test_a_module_of_torch_in_a_file_that_keras_loads(tmp_path, file, make, make_torch, inputs,
                                                      as_torch, said, said_back):
    template = saved(shaken(make()), tmp_path / file)
    before = template.read_bytes()
    net = torch_numbers(make_torch())
    torch.save(net.state_dict(), tmp_path / "net.pt")
    made = tmp_path / ("made_" + file)
    ran = command("restore", tmp_path / "net.pt", "--into", template, "-o", made, "--layout",
                  "torch->keras", *layer_flags(said_back), *map_of_apart(said_back, "--map"),
                  *map_of_named(regraft.open(template), "--map"))
    assert ran.returncode == 0, ran.stderr
    assert template.read_bytes() == before
    assert f"wrote {made}: " in ran.stdout
    if file.endswith(".keras"):
        assert zipfile.ZipFile(made).testzip() is None
    model = make()
    if file.endswith(".weights.h5"):
        model.load_weights(made)
    else:
        model = keras.models.load_model(made)
    assert_predict_alike(model, net, inputs(), as_torch)
    assert command("verify", made).returncode == 0


@each_model
def test_a_module_of_torch_in_a_live_model(tmp_path, make, make_torch, inputs, as_torch, said,
                                           said_back):
    net = torch_numbers(make_torch())
    torch.save(net.state_dict(), tmp_path / "net.pt")
    model = shaken(make())
    # What the live layers are tells the rest.
    told = {layer: what for layer, what in said_back.items() if layer not in ("square", "up")}
    regraft.restore(tmp_path / "net.pt", model, layout="torch->keras", layers=told,
                    map=dict(pair.split("=>") for pair in [
                        *map_of_apart(said_back), *map_of_recurrent(model)]))
    assert_predict_alike(model, net, inputs(), as_torch)


def map_of_recurrent(model):
    """Keras itself names what is in a recurrent layer, so that it is no evidence whose it is."""
    return [f"{layer.name}/=>net/{layer.name}/" for layer in model.layers
            if isinstance(layer, (L.RNN, L.Bidirectional))]


def names(file):
    return [tensor.name for tensor in file.values()]


def map_of_named(file, *flag):
    """Keras 3 puts the model's name in front of what recurrent layers have, in .h5 files alone."""
    layers = sorted({name.split("/")[1] for name in names(file) if name.startswith("net/")})
    return [word for layer in layers for word in (*flag, f"{layer}/=>net/{layer}/")]


def map_of_apart(said, *flag):
    """Two convolutions of torch are one separable layer of Keras."""
    if "apart.0" not in said:
        return []
    pairs = ("apart/0/kernel", "apart/1/kernel", "apart/1/bias")
    own = ("depthwise_kernel", "pointwise_kernel", "bias")
    return [word for pair, name in zip(pairs, own) for word in (*flag, f"{pair}=>apart/{name}")]


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


@each_file
@each_model
def test_without_a_layout_no_matrix_is_filled(tmp_path, file, make, make_torch, inputs, as_torch,
                                            said, said_back):
    path = saved(shaken(make()), tmp_path / file)
    net = torch_numbers(make_torch())
    before = state(net)
    with pytest.raises(regraft.RegraftError):
        regraft.restore(path, net)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    # What is called alike in both may be taken: biases, never a matrix.
    filled = regraft.restore(path, net, missing="keep", on_shape="skip").restored
    assert "head/bias" in filled or "head.bias" in filled
    assert all(torch.equal(value, before[name])
               for name, value in net.state_dict().items() if value.ndim > 1)


def test_what_nothing_tells_is_asked_about_layer_by_layer(tmp_path):
    path = saved(shaken(cnn()), tmp_path / "m.weights.h5")
    with pytest.raises(regraft.UnmetError, match="may be Conv2D or Conv2DTranspose") as refused:
        regraft.open(path, layout="keras->torch")
    assert "square" in str(refused.value) and "Flatten" in str(refused.value)
    assert "up:" not in str(refused.value)  # Its bias tells.
    ran = command("copy", path, tmp_path / "t.npz", "--layout", "keras->torch")
    assert ran.returncode != 0 and "layout/unclear" in ran.stderr
    assert not (tmp_path / "t.npz").exists()


class Own(L.Layer):
    def build(self, shape):
        self.own = self.add_weight(shape=(shape[-1], 2), name="own")

    def call(self, x):
        return keras.ops.matmul(x, self.own)


@pytest.mark.parametrize("layer, why", [
    (lambda: Own(name="mine"), "mine: its variables are not those of a layer that is known"),
    (lambda: L.GRU(4, reset_after=False, name="g"), "reset_after=False"),
])
def test_a_layer_without_a_counterpart_is_named(tmp_path, layer, why):
    model = shaken(keras.Sequential([keras.Input((5, 3)), layer()], name="net"))
    for file in FILES:
        path = saved(model, tmp_path / file)
        ran = command("ls", path, "--layout", "keras->torch")
        assert ran.returncode != 0 and "layout/no-counterpart" in ran.stderr
        assert why in ran.stderr


def test_values_into_a_file_of_keras_never_replace_what_they_come_from(tmp_path):
    path = saved(shaken(attention()), tmp_path / "m.keras")
    before = path.read_bytes()
    ran = command("restore", path, "--into", path, "-o", path, "-f")
    assert ran.returncode != 0 and "edit/onto-source" in ran.stderr
    ran = command("restore", path, "--into", path, "-o", tmp_path / "n.keras", "--shards", 2)
    assert ran.returncode != 0 and "edit/shards" in ran.stderr
    assert path.read_bytes() == before and not (tmp_path / "n.keras").exists()


def test_an_archive_that_was_written_to_a_pipe_has_its_checksum_renewed_behind(tmp_path):
    path = saved(shaken(attention()), tmp_path / "m.keras")

    class Pipe:
        def __init__(self, file):
            self.write, self.flush = file.write, file.flush

    with zipfile.ZipFile(path) as source, open(tmp_path / "p.keras", "wb") as file:
        with zipfile.ZipFile(Pipe(file), "w") as piped:
            for name in source.namelist():
                piped.writestr(name, source.read(name))
    given = regraft.open(path)
    changed = {given[name].name: value + 1 for name, value in given.read_all().items()
               if given[name].class_.endswith("weights")}
    regraft.save(tmp_path / "s.npz", changed)
    ran = command("restore", tmp_path / "s.npz", "--into", tmp_path / "p.keras", "-o",
                  tmp_path / "n.keras", "--include", "@weights")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert regraft.verify(tmp_path / "n.keras").ok
    for name, value in changed.items():
        np.testing.assert_array_equal(regraft.open(tmp_path / "n.keras")[name].read(), value)
    with zipfile.ZipFile(tmp_path / "n.keras") as archive:
        assert archive.testzip() is None
        member = archive.getinfo("model.weights.h5")
    assert member.flag_bits & 8
    descriptor = b"PK\x07\x08" + member.CRC.to_bytes(4, "little")
    assert (tmp_path / "n.keras").read_bytes().count(descriptor) == 1


@pytest.mark.parametrize("file", FILES)
def test_a_tree_of_flax_predicts_the_same_there_and_back(tmp_path, file):
    jax = pytest.importorskip("jax")
    linen = pytest.importorskip("flax.linen")

    def make():
        return keras.Sequential([
            keras.Input((8, 8, 4)), L.Conv2D(4, 3, name="c"), L.BatchNormalization(name="n"),
            L.Flatten(name="f"), L.Dense(4, name="d"), L.LayerNormalization(name="l")], name="net")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, x):
            x = linen.Conv(4, (3, 3), padding="VALID", name="c")(x)
            x = linen.BatchNorm(use_running_average=True, epsilon=1e-3, name="n")(x)
            x = linen.Dense(4, name="d")(x.reshape(len(x), -1))
            return linen.LayerNorm(epsilon=1e-3, name="l")(x)

    model, x = shaken(make()), numbers(2, 8, 8, 4)
    path = saved(model, tmp_path / file)
    tree = Net().init(jax.random.PRNGKey(0), x)
    tree = regraft.restore(path, tree, layout="keras->flax", layers={"c": "Conv2D"}).tree
    found = np.asarray(Net().apply(tree, x))
    expected = np.asarray(keras.ops.convert_to_numpy(model(x)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    there = regraft.save(tmp_path / "flax.npz", {
        "/".join(str(part.key) for part in path): np.asarray(value)
        for path, value in jax.tree_util.tree_leaves_with_path(tree)})
    again = shaken(make())
    regraft.restore(there, again, layout="flax->keras")
    np.testing.assert_array_equal(np.asarray(keras.ops.convert_to_numpy(again(x))), expected)
