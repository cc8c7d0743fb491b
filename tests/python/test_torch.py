"""Modules, state_dicts and tensors of torch."""
import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")


class Net(torch.nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5))
        self.head = torch.nn.Linear(5, classes)
        self.register_buffer("scratch", torch.zeros(1), persistent=False)


@pytest.fixture
def source(tmp_path):
    return regraft.save(tmp_path / "ckpt", Net())


def tensors(net):
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}


def test_a_module_is_saved_by_its_names(source):
    assert "body/0/weight/.ATTRIBUTES/VARIABLE_VALUE" in regraft.open(source)
    assert len(regraft.open(source)) == len(Net().state_dict())


def test_a_module_gets_what_is_chosen(source):
    net = Net(classes=2)
    before = tensors(net)
    report = regraft.restore(source, net, exclude="head/**")
    assert len(report.restored) == 7
    file = regraft.open(source)
    for name, tensor in net.state_dict().items():
        if name.startswith("head"):
            assert torch.equal(tensor, before[name])
        else:
            np.testing.assert_array_equal(tensor.numpy(), file[name.replace(".", "/")].read())


def test_parameters_stay_the_ones_that_the_optimizer_has(source):
    net = Net()
    parameters = [id(p) for p in net.parameters()]
    storage = net.head.weight.data_ptr()
    regraft.restore(source, net)
    assert [id(p) for p in net.parameters()] == parameters
    assert net.head.weight.data_ptr() == storage and net.head.weight.requires_grad


def test_a_state_dict_is_filled_in_place(source):
    state = {name: torch.zeros_like(tensor) for name, tensor in Net().state_dict().items()}
    report = regraft.restore(source, state)
    assert report.tree is state and len(report.restored) == len(state)
    assert torch.equal(state["head.weight"], torch.from_dlpack(regraft.open(source)["head/weight"]))


def test_a_dict_maps_names_to_tensors(source):
    weight = torch.zeros(5, 4)
    regraft.restore(source, {"(root).body.0.weight": weight})
    assert weight.any()


def test_unnamed_tensors_in_a_list_are_refused(source):
    with pytest.raises(regraft.InvalidArgumentError, match="has no name"):
        regraft.restore(source, list(Net().parameters()))


def test_short_floats_keep_their_bits(tmp_path):
    values = torch.tensor([1.5, -2, 3.25], dtype=torch.bfloat16)
    path = regraft.save(tmp_path / "ckpt", torch.nn.ParameterDict({"w": values}))
    assert regraft.open(path)["w"].tf_dtype == "bfloat16"
    again = torch.zeros(3, dtype=torch.bfloat16)
    regraft.restore(path, {"w": again})
    assert torch.equal(again, values)


def test_another_type_is_cast_only_if_asked(source):
    weight = torch.zeros(5, 4, dtype=torch.float64)
    with pytest.raises(regraft.UnmetError, match="select/dtype"):
        regraft.restore(source, {"body/0/weight": weight})
    regraft.restore(source, {"body/0/weight": weight}, on_dtype="cast")
    assert weight.any()


def test_a_lazy_module_must_be_called_first(source):
    with pytest.raises(regraft.UnmetError, match="train/not-built"):
        regraft.restore(source, torch.nn.LazyLinear(3))


def test_a_shared_parameter_is_one_place():
    net = Net()
    net.also = net.head
    assert regraft.names(net)["head/weight"] == ["head/weight", "also/weight"]


RANDOM = np.random.RandomState(0)
KERNELS = {name: RANDOM.rand(*shape).astype("float32") for name, shape in {
    "net/square/kernel": (4, 4), "net/square/bias": (4,), "net/cube/kernel": (3, 3, 3, 3),
    "net/line/kernel": (3, 3, 3), "net/wide/kernel": (3, 5), "net/deep/depthwise_kernel":
    (3, 3, 3, 1), "net/table/embeddings": (4, 4)}.items()}


class Layers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.square, self.wide = torch.nn.Linear(4, 4), torch.nn.Linear(3, 5)
        self.cube = torch.nn.Conv2d(3, 3, 3, bias=False)
        self.line = torch.nn.Conv1d(3, 3, 3, bias=False)
        self.deep = torch.nn.Conv2d(3, 3, 3, groups=3, bias=False)
        self.table = torch.nn.Embedding(4, 4)
        self.own = torch.nn.ParameterDict({"kernel": torch.nn.Parameter(torch.zeros(4, 4))})


@pytest.fixture
def kernels(tmp_path):
    return regraft.save(tmp_path / "kernels", KERNELS)


@pytest.mark.parametrize("name", ["square", "cube", "line", "wide", "deep"])
def test_a_kernel_does_not_go_into_a_weight_as_it_is(kernels, name):
    net = Layers()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    kernel = next(key for key in KERNELS if f"/{name}/" in key and key.endswith("kernel"))
    rules = {"map": {kernel: f"{name}/weight"}, "include": f"{name}/weight"}
    for policy in ("error", "slice", "pad"):
        for into in (net, net.state_dict()):
            with pytest.raises(regraft.UnmetError, match="python/layout") as refused:
                regraft.restore(kernels, into, on_shape=policy, **rules)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    # The hint can be pasted, and puts it in as torch computes with it.
    hint = refused.value.hint.split(" fills ")[0]
    eval(hint, {"regraft": regraft, "path": kernels, "module": net})
    value = KERNELS[kernel]
    expected = {2: lambda: value.T, 3: lambda: value.transpose(2, 1, 0),
                4: lambda: value.transpose(3, 2, 0, 1)}[value.ndim]()
    if name == "deep":
        expected = value.transpose(2, 3, 0, 1)
    np.testing.assert_array_equal(getattr(net, name).weight.detach().numpy(), expected)


def test_a_parameter_in_a_dict_is_asked_about_as_well(kernels):
    net = Layers()
    with pytest.raises(regraft.UnmetError, match="python/layout"):
        regraft.restore(kernels, {"net/square/kernel": net.square.weight})
    regraft.restore(kernels, {"net/square/kernel": net.own["kernel"].data})
    np.testing.assert_array_equal(net.own["kernel"].detach().numpy(), KERNELS["net/square/kernel"])


def test_tables_biases_and_kernels_of_own_modules_are_taken_as_they_are(kernels):
    net = Layers()
    regraft.restore(kernels, net, include=["table/**", "square/bias", "own/**"], map={
        "net/table/embeddings": "table/weight", "net/square/bias": "square/bias",
        "net/square/kernel": "own/kernel"})
    np.testing.assert_array_equal(net.table.weight.detach().numpy(), KERNELS["net/table/embeddings"])
    np.testing.assert_array_equal(net.own["kernel"].detach().numpy(), KERNELS["net/square/kernel"])


def test_what_torch_saved_is_restored_as_it_is(tmp_path):
    net, other = Layers(), Layers()
    path = regraft.save(tmp_path / "torch", net)
    regraft.restore(path, other)
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(),
                                                 other.state_dict().values()))
