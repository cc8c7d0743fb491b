"""Modules and state_dicts of torch, where tensors share memory or have none."""
import collections

import numpy as np
import pytest

import regraft
from regraft._collect import collect

torch = pytest.importorskip("torch")


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 3)
        self.head = torch.nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight
        self.alias = self.head.weight
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.blocks = torch.nn.ModuleList([torch.nn.Linear(3, 3)])
        self.same = self.blocks[0]


def test_tied_weights_are_one_place_of_all_names():
    names = regraft.names(Tied())
    assert names["alias"] == ["alias", "embed/weight", "head/weight"]
    assert names["same/bias"] == ["same/bias", "blocks/0/bias"]
    assert len(names) == 4 and "kept" in names and "scratch" not in names


def test_tied_weights_of_a_state_dict_are_one_place(tmp_path):
    state = Tied().state_dict()
    places = {place.name: place for place in collect(state).places}
    assert len(places) == 4
    assert list(places["alias"].paths) == ["alias", "embed/weight", "head/weight"]
    other = torch.nn.ModuleDict({"head": torch.nn.Linear(3, 5, bias=False)})
    report = regraft.restore(regraft.save(tmp_path / "ckpt", other), state, include="alias")
    assert report.restored == ["alias"]
    assert torch.equal(state["embed.weight"], other["head"].weight)


def test_the_state_dict_of_one_layer_is_one(tmp_path):
    state = torch.nn.Linear(3, 2).state_dict()
    path = regraft.save(tmp_path / "ckpt", {
        "fc/weight": np.ones((2, 3), np.float32), "fc/bias": np.ones(2, np.float32)})
    regraft.restore(path, state, map={"fc/": "/"})
    assert state["weight"].sum() == 6 and state["bias"].sum() == 2


def test_a_dict_is_a_state_dict_by_its_keys():
    tensor, other = torch.zeros(1), torch.zeros(1)
    mapped = {"(root).a.b": tensor, "c": other}
    assert [place.mapped_from for place in collect(mapped).places] == ["(root).a.b", "c"]
    assert [place.mapped_from for place in collect({"a/b": tensor}).places] == ["a/b"]
    plain = collect({"a.b": tensor, "c": other}).places
    assert [list(place.paths) for place in plain] == [["a/b"], ["c"]]
    ordered = collections.OrderedDict({"0.weight": tensor})
    assert collect(ordered).places[0].name == "0/weight"


def test_values_go_through_strides_devices_and_conjugates(tmp_path):
    path = regraft.save(tmp_path / "ckpt", {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "c": np.array([1 + 2j, 3 - 1j], np.complex64), "s": np.float32(5)})
    base = torch.zeros(3, 2)
    conjugate = torch.zeros(2, dtype=torch.complex64).conj()
    scalar = torch.nn.Parameter(torch.tensor(0.0))
    report = regraft.restore(path, {"a": base.t(), "c": conjugate, "s": scalar})
    assert len(report.restored) == 3
    assert base.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert conjugate.tolist() == [1 + 2j, 3 - 1j] and float(scalar) == 5
    places = collect({"a": base.t(), "c": conjugate}).places
    assert places[0].read().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert places[1].read().tolist() == [1 + 2j, 3 - 1j]


def test_what_was_read_owns_its_memory():
    tensor = torch.ones(2)
    read = collect({"a": tensor}).places[0].read()
    tensor.zero_()
    assert read.tolist() == [1, 1] and read.flags.owndata


REFUSED = {
    "meta": (lambda: torch.nn.Linear(2, 2, device="meta"), "has no memory"),
    "sparse": (lambda: {"a/b": torch.eye(2).to_sparse()}, "to_dense"),
    "lazy": (lambda: torch.nn.LazyLinear(2), "call the module once"),
    "nothing": (lambda: torch.nn.ReLU(), "there is no variable"),
    "unnamed": (lambda: [torch.zeros(1)], "a Tensor in a list has no name"),
}


@pytest.mark.parametrize("make, text", REFUSED.values(), ids=REFUSED)
def test_what_cannot_take_values_is_refused(tmp_path, make, text):
    path = regraft.save(tmp_path / "ckpt", {"a/b": np.zeros((2, 2), np.float32)})
    with pytest.raises(regraft.RegraftError, match=text):
        regraft.restore(path, make())
