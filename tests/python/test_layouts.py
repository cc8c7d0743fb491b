"""Layers of Keras in torch, and back: equal numbers, by real layers of both."""
import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")
if keras.__version__.startswith("2"):
    pytest.skip("Keras 3 runs beside torch", allow_module_level=True)

L = keras.layers
RANDOM = np.random.default_rng(7)


def channels_first(x):
    return np.moveaxis(x, -1, 1)


def numbers(shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def saved(path, *layers):
    """A checkpoint of the layers' variables by their own names, with random values."""
    arrays = {}
    for layer in layers:
        for variable in layer.weights:
            if variable.path.endswith("seed_generator_state"):
                continue
            value = numbers(variable.shape) * 0.3
            if "variance" in variable.path:
                value = np.abs(value) + 0.5
            variable.assign(value)
            arrays[variable.path] = value
    return regraft.save(path, arrays)


class Net(torch.nn.Module):
    """Modules by name."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            setattr(self, name, module)
        self.eval()


T = torch.nn
SPATIAL = {1: (2, 9), 2: (2, 9, 8), 3: (2, 6, 5, 7)}

CONVOLUTIONS = [
    (lambda: L.Conv1D(5, 3, strides=2, name="l"), 1, lambda: T.Conv1d(4, 5, 3, stride=2)),
    (lambda: L.Conv2D(5, 3, dilation_rate=2, name="l"), 2, lambda: T.Conv2d(4, 5, 3, dilation=2)),
    (lambda: L.Conv2D(6, 3, groups=2, name="l"), 2, lambda: T.Conv2d(4, 6, 3, groups=2)),
    (lambda: L.Conv3D(5, 2, name="l"), 3, lambda: T.Conv3d(4, 5, 2)),
    (lambda: L.Conv1DTranspose(5, 3, strides=2, name="l"), 1,
     lambda: T.ConvTranspose1d(4, 5, 3, stride=2)),
    (lambda: L.Conv2DTranspose(5, 3, strides=2, name="l"), 2,
     lambda: T.ConvTranspose2d(4, 5, 3, stride=2)),
    (lambda: L.Conv3DTranspose(5, 2, name="l"), 3, lambda: T.ConvTranspose3d(4, 5, 2)),
    # A square kernel, which fits both ways: the live module tells.
    (lambda: L.Conv2D(4, 3, name="l"), 2, lambda: T.Conv2d(4, 4, 3)),
    (lambda: L.Conv2DTranspose(4, 3, name="l"), 2, lambda: T.ConvTranspose2d(4, 4, 3)),
    (lambda: L.DepthwiseConv1D(3, depth_multiplier=2, name="l"), 1,
     lambda: T.Conv1d(4, 8, 3, groups=4)),
    (lambda: L.DepthwiseConv2D(3, depth_multiplier=2, name="l"), 2,
     lambda: T.Conv2d(4, 8, 3, groups=4)),
    (lambda: L.SeparableConv1D(5, 3, depth_multiplier=2, name="l"), 1,
     lambda: T.Sequential(T.Conv1d(4, 8, 3, groups=4, bias=False), T.Conv1d(8, 5, 1))),
    (lambda: L.SeparableConv2D(5, 3, name="l"), 2,
     lambda: T.Sequential(T.Conv2d(4, 4, 3, groups=4, bias=False), T.Conv2d(4, 5, 1))),
    (lambda: L.BatchNormalization(name="l"), 2, lambda: T.BatchNorm2d(4, eps=1e-3)),
]


@pytest.mark.parametrize("make, axes, module", CONVOLUTIONS)
def test_what_has_channels_computes_the_same(tmp_path, make, axes, module):
    layer, x = make(), numbers((*SPATIAL[axes], 4))
    layer(x)
    source = saved(tmp_path / "k", layer)
    net = Net(l=module())
    regraft.restore(source, net, layout="keras->torch")
    expected = channels_first(keras.ops.convert_to_numpy(layer(x)))
    found = net.l(torch.from_numpy(channels_first(x).copy())).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    # Another order of the axes would be seen.
    with torch.no_grad():
        for weight in net.parameters():
            if weight.ndim > 2 and weight.shape[0] == weight.shape[1] > 1:
                weight.copy_(weight.transpose(0, 1).clone())
                other = net.l(torch.from_numpy(channels_first(x).copy())).numpy()
                assert np.abs(other - expected).max() > 1e-3


FEATURES = [
    (lambda: L.Dense(5, name="l"), lambda: T.Linear(4, 5)),
    (lambda: L.Dense(4, name="l"), lambda: T.Linear(4, 4)),
    (lambda: L.LayerNormalization(name="l"), lambda: T.LayerNorm(4, eps=1e-3)),
    (lambda: L.RMSNormalization(name="l", epsilon=1e-6), lambda: T.RMSNorm(4, eps=1e-6)),
]


@pytest.mark.parametrize("make, module", FEATURES)
def test_what_has_features_computes_the_same(tmp_path, make, module):
    layer, x = make(), numbers((3, 4))
    layer(x)
    source = saved(tmp_path / "k", layer)
    net = Net(l=module())
    regraft.restore(source, net, layout="keras->torch")
    np.testing.assert_allclose(net.l(torch.from_numpy(x)).detach().numpy(),
                               keras.ops.convert_to_numpy(layer(x)), rtol=1e-5, atol=1e-5)


RECURRENT = [
    (lambda: L.LSTM(5, return_sequences=True, name="l"), lambda: T.LSTM(4, 5, batch_first=True)),
    (lambda: L.GRU(5, return_sequences=True, name="l"), lambda: T.GRU(4, 5, batch_first=True)),
    (lambda: L.SimpleRNN(5, return_sequences=True, name="l"),
     lambda: T.RNN(4, 5, batch_first=True)),
    (lambda: L.Bidirectional(L.LSTM(5, return_sequences=True), name="l"),
     lambda: T.LSTM(4, 5, batch_first=True, bidirectional=True)),
    (lambda: L.Bidirectional(L.GRU(5, return_sequences=True), name="l"),
     lambda: T.GRU(4, 5, batch_first=True, bidirectional=True)),
]


@pytest.mark.parametrize("make, module", RECURRENT)
def test_gates_are_in_the_order_of_the_other(tmp_path, make, module):
    layer, x = make(), numbers((2, 6, 4))
    layer(x)
    source = saved(tmp_path / "k", layer)
    net = Net(l=module())
    regraft.restore(source, net, layout="keras->torch")
    expected = keras.ops.convert_to_numpy(layer(x))
    found, _ = net.l(torch.from_numpy(x))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    # And back, with torch's two biases added.
    with torch.no_grad():
        for name, weight in net.named_parameters():
            weight.copy_(torch.from_numpy(numbers(tuple(weight.shape)) * 0.3))
    back = regraft.open(regraft.save(tmp_path / "t", dict(net.state_dict())),
                        layout="torch->keras")
    by_ending = {}
    for name in back:
        _, *below, last = name.split("/")
        ways = [part.split("_")[0] for part in below if not part.endswith("_cell")]
        by_ending["/".join([*ways, last])] = name
    for variable in layer.weights:
        if variable.path.endswith("seed_generator_state"):
            continue
        parts = variable.path.split("/")
        key = parts[-1]
        if "forward" in variable.path or "backward" in variable.path:
            key = ("forward/" if "forward" in variable.path else "backward/") + key
        variable.assign(back[by_ending[key]].read())
    again, _ = net.l(torch.from_numpy(x))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(x)), again.detach().numpy(),
                               rtol=1e-5, atol=1e-5)


def test_a_gru_with_the_reset_in_front_is_refused(tmp_path):
    layer = L.GRU(5, reset_after=False, name="l")
    layer(numbers((2, 6, 4)))
    with pytest.raises(regraft.UnsupportedError, match="reset_after"):
        regraft.restore(saved(tmp_path / "k", layer), Net(l=T.GRU(4, 5)), layout="keras->torch")


def attention(tmp_path):
    layer, x = L.MultiHeadAttention(2, 3, name="l"), numbers((2, 5, 6))
    layer(x, x)
    source = saved(tmp_path / "k", layer)
    net = Net(l=T.MultiheadAttention(6, 2, batch_first=True))
    regraft.restore(source, net, layout="keras->torch")
    return layer, x, net


def test_attention_computes_the_same_and_query_is_no_key(tmp_path):
    layer, x, net = attention(tmp_path)
    y = torch.from_numpy(x)
    expected = keras.ops.convert_to_numpy(layer(x, x))
    np.testing.assert_allclose(net.l(y, y, y)[0].detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    with torch.no_grad():
        swapped = net.l.in_proj_weight.reshape(3, 6, 6)[[1, 0, 2]].reshape(18, 6).clone()
        net.l.in_proj_weight.copy_(swapped)
    assert np.abs(net.l(y, y, y)[0].detach().numpy() - expected).max() > 1e-3


def test_attention_goes_back_when_the_heads_are_said(tmp_path):
    layer, x, net = attention(tmp_path)
    source = regraft.save(tmp_path / "t", dict(net.state_dict()))
    with pytest.raises(regraft.UnmetError, match="heads"):
        regraft.open(source, layout="torch->keras")
    back = regraft.open(source, layout="torch->keras", layers={"l": "heads 2"})
    for variable in layer.weights:
        if variable.path.endswith("seed_generator_state"):
            continue
        np.testing.assert_array_equal(back[variable.path].read(),
                                      keras.ops.convert_to_numpy(variable))


def cnn():
    return keras.Sequential([
        keras.Input((8, 8, 3)), L.Conv2D(4, 3, activation="relu", name="c"),
        L.BatchNormalization(name="n"), L.Flatten(), L.Dense(10, name="d"),
    ], name="m")


def torch_cnn():
    net = Net(c=T.Conv2d(3, 4, 3), n=T.BatchNorm2d(4, eps=1e-3), d=T.Linear(144, 10))
    net.forward = lambda x: net.d(net.n(torch.relu(net.c(x))).flatten(1))
    return net


def test_a_dense_layer_behind_flatten_is_asked_about(tmp_path):
    model, x, net = cnn(), numbers((2, 8, 8, 3)), torch_cnn()
    source = saved(tmp_path / "k", *model.layers)
    with pytest.raises(regraft.UnmetError, match="Flatten") as refused:
        regraft.restore(source, net, layout="keras->torch")
    assert "layers={'m/d': 'flatten H W C'}" in str(refused.value)
    regraft.restore(source, net, layout="keras->torch", layers={"d": "flatten 6 6 4"})
    expected = keras.ops.convert_to_numpy(model(x))
    given = torch.from_numpy(channels_first(x).copy())
    np.testing.assert_allclose(net(given).detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    regraft.restore(source, net, layout="keras->torch", layers={"d": "Dense"})
    assert np.abs(net(given).detach().numpy() - expected).max() > 1e-3


def test_a_model_goes_there_and_back_with_the_same_bytes(tmp_path):
    model = cnn()
    source = saved(tmp_path / "k", *model.layers)
    there = regraft.copy(source, tmp_path / "t.safetensors", layout="keras->torch",
                         layers={"d": "flatten 6 6 4"}).path
    back = regraft.open(there, layout="torch->keras", layers={"d": "flatten 6 6 4"})
    first = regraft.open(source)
    assert sorted(back) == sorted(first)
    for name in first:
        assert back[name].read().tobytes() == first[name].read().tobytes()
    assert regraft.verify(back).ok


def test_a_square_kernel_that_nothing_tells_is_refused(tmp_path):
    layer = L.Conv2D(4, 3, name="chosen")
    layer(numbers((1, 8, 8, 4)))
    source = saved(tmp_path / "k", layer)
    with pytest.raises(regraft.UnmetError, match="may be Conv2D or Conv2DTranspose"):
        regraft.open(source, layout="keras->torch")
    view = regraft.open(source, layout="keras->torch", layers={"*": "Conv2D"})
    np.testing.assert_array_equal(
        view["chosen.weight"].read(),
        regraft.open(source)["chosen/kernel"].read().transpose(3, 2, 0, 1))


def test_a_kernel_for_a_weight_is_refused_with_the_layout_that_takes_it(tmp_path):
    layer = L.Dense(4, name="l")
    layer(numbers((1, 4)))
    source = saved(tmp_path / "k", layer)
    net = Net(l=T.Linear(4, 4))
    with pytest.raises(regraft.UnmetError) as refused:
        regraft.restore(source, net, map={"l/kernel": "l/weight"})
    assert "python/layout" in str(refused.value)
    assert 'layout="keras->torch"' in str(refused.value)
    regraft.restore(source, net, layout="keras->torch")


def test_a_layer_that_is_not_there_is_named(tmp_path):
    layer = L.Dense(4, name="dense_one")
    layer(numbers((1, 4)))
    with pytest.raises(regraft.NameNotFoundError, match="dense_two"):
        regraft.open(saved(tmp_path / "k", layer), layout="keras->torch",
                     layers={"dense_two": "Dense"})


def test_presets_are_listed_and_printed():
    listed = regraft.presets()
    assert "transformers" in listed["bert-tf1-to-hf"]["to"]
    assert "bert-tf1-to-hf" in str(listed)
    assert "[[rule]]" in regraft.presets("bert-tf1-to-hf")
    with pytest.raises(regraft.NameNotFoundError, match="bert-tf1-to-hf"):
        regraft.presets("bert")


def test_a_tree_of_flax_computes_the_same(tmp_path):
    pytest.importorskip("jax")
    linen = pytest.importorskip("flax.linen")
    model = keras.Sequential([
        keras.Input((8, 8, 3)), L.Conv2D(4, 3, padding="valid", name="c"),
        L.BatchNormalization(name="n"), L.DepthwiseConv2D(3, depth_multiplier=2, name="w"),
        L.Flatten(), L.Dense(5, name="d"), L.LayerNormalization(name="l")], name="m")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, x):
            x = linen.Conv(4, (3, 3), padding="VALID", name="c")(x)
            x = linen.BatchNorm(use_running_average=True, epsilon=1e-3, name="n")(x)
            x = linen.Conv(8, (3, 3), padding="VALID", feature_group_count=4, name="w")(x)
            x = linen.Dense(5, name="d")(x.reshape(len(x), -1))
            return linen.LayerNorm(epsilon=1e-3, name="l")(x)

    import jax

    x = numbers((2, 8, 8, 3))
    source = saved(tmp_path / "k", *model.layers)
    tree = Net().init(jax.random.PRNGKey(0), x)
    tree = regraft.restore(regraft.open(source, layout="keras->flax", layers={"w": "DepthwiseConv2D"}),
                           tree, map={"params/m/": "params/", "batch_stats/m/": "batch_stats/"}).tree
    np.testing.assert_allclose(np.asarray(Net().apply(tree, x)),
                               keras.ops.convert_to_numpy(model(x)), rtol=1e-4, atol=1e-5)
    there = regraft.save(tmp_path / "f", {
        "/".join(str(part.key) for part in path): np.asarray(value)
        for path, value in jax.tree_util.tree_leaves_with_path(tree)})
    back = regraft.open(there, layout="flax->keras", layers={"w": "DepthwiseConv2D 2"})
    first = regraft.open(source)
    for name in first:
        assert back[name.split("/", 1)[1]].read().tobytes() == first[name].read().tobytes()
