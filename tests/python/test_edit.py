"""Saving, copying, verifying, and restoring into files."""
import pathlib

import numpy as np
import pytest

import regraft

DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"
MODEL = DATA / "keras2" / "skip_embedding"


@pytest.fixture
def saved(tmp_path):
    return regraft.save(tmp_path / "a", {
        "net/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
        "net/bias": np.array([1.5, -2], np.float64),
        "names": np.array([b"one", "two"], object),
        "step": np.int64(7),
    })


def test_arrays_are_saved_under_their_names(saved):
    with regraft.open(saved) as file:
        assert sorted(file) == ["names", "net/bias", "net/kernel", "step"]
        assert file["net/kernel"].read().tolist() == [[0, 1, 2], [3, 4, 5]]
        assert file["names"].read().tolist() == [b"one", b"two"]
        assert file["step"].read() == 7 and file["step"].shape == ()


@pytest.mark.parametrize("array", [
    np.arange(12, dtype=np.float32).reshape(3, 4).T,
    np.arange(12, dtype=">i4")[::2],
    np.zeros((0, 3), np.int8),
    np.array(True),
    np.array([1 + 2j], np.complex64),
], ids=["transposed", "foreign byte order, strided", "empty", "scalar", "complex"])
def test_any_layout_of_memory_is_saved(tmp_path, array):
    path = regraft.save(tmp_path / "a", {"x": array})
    np.testing.assert_array_equal(regraft.open(path)["x"].read(), array)


def test_an_existing_checkpoint_stays_unless_it_may_be_replaced(saved):
    with pytest.raises(regraft.SystemIOError, match="checkpoint/exists"):
        regraft.save(saved, {"x": np.ones(2)})
    assert "step" in regraft.open(saved)
    regraft.save(saved, {"x": np.ones(2)}, overwrite=True)
    assert list(regraft.open(saved)) == ["x"]


@pytest.mark.parametrize("value", [object(), np.array([1, None], object)], ids=str)
def test_what_is_no_array_is_refused_and_leaves_no_file(tmp_path, value):
    with pytest.raises(regraft.InvalidArgumentError):
        regraft.save(tmp_path / "a", {"fine": np.ones(3), "x": value})
    assert list(tmp_path.iterdir()) == []


def test_what_was_opened_can_be_saved_again(saved, tmp_path):
    with regraft.open(saved) as file:
        again = regraft.save(tmp_path / "b", file)
    for key, tensor in regraft.open(saved).items():
        assert regraft.open(again)[key].sha256() == tensor.sha256()


def test_a_copy_chooses_renames_and_casts(saved, tmp_path):
    report = regraft.copy(saved, tmp_path / "b", include="net/**", map={"net/": "model/"},
                          cast={"float32": "bfloat16"})
    file = regraft.open(report.path)
    assert sorted(file) == ["model/bias", "model/kernel"]
    assert str(file["model/kernel"].dtype) == "bfloat16"
    assert "--map 'net/=>model/'" in report.to_json()
    assert "copied 2 of 4 entries" in str(report)


def test_a_copy_can_be_planned_only(saved, tmp_path):
    plan = regraft.copy(saved, tmp_path / "b", exclude="names", dry_run=True)
    assert "would copy 3 of 4 entries" in str(plan)
    assert not list(tmp_path.glob("b*"))


def test_a_plan_refuses_a_path_that_the_copy_would_refuse(saved):
    with pytest.raises(regraft.RegraftError, match="edit/onto-source"):
        regraft.copy(saved, saved, dry_run=True)
    with pytest.raises(regraft.RegraftError, match="checkpoint/bad-prefix"):
        regraft.copy(saved, f"{saved}-2.index", dry_run=True)


def test_averages_take_the_place_of_their_variables(tmp_path):
    saved = regraft.save(tmp_path / "a", {
        "w": np.array([1, 2], np.float32),
        "w/ExponentialMovingAverage": np.array([3, 4], np.float32),
    })
    report = regraft.copy(saved, tmp_path / "b", ema=True)
    with regraft.open(report.path) as file:
        assert {name: tensor.read().tolist() for name, tensor in file.items()} == {"w": [3, 4]}
    plain = regraft.save(tmp_path / "c", {"w": np.array([1, 2], np.float32)})
    with pytest.raises(regraft.UnmetError, match="edit/averages"):
        regraft.copy(plain, tmp_path / "d", ema=True)


def test_a_rule_that_changes_nothing_is_refused(saved, tmp_path):
    with pytest.raises(regraft.UnmetError, match="changes nothing"):
        regraft.copy(saved, tmp_path / "b", map={"net/kernel": "net/kernel"})
    report = regraft.copy(saved, tmp_path / "b", map={"net/kernel": "net/kernel"},
                          allow_unused_rules=True)
    [rule] = report.to_dict()["rules"]
    assert (rule["matched"], rule["changed"]) == (1, 0)


def test_sources_are_merged_below_scopes(saved, tmp_path):
    report = regraft.copy({"one": saved, "two": (saved, "net")}, tmp_path / "b")
    assert "two/kernel" in regraft.open(report.path)
    assert "one/net/kernel" in regraft.open(report.path)
    with pytest.raises(regraft.UnmetError, match="edit/collision"):
        regraft.copy([saved, saved], tmp_path / "c")


def test_a_receipt_is_replayed(saved, tmp_path):
    report = regraft.copy(saved, tmp_path / "b", map={"net/": "model/"})
    receipt = tmp_path / "receipt.json"
    receipt.write_text(report.receipt())
    assert regraft.verify(report.path, receipt=receipt)
    assert regraft.verify(report.path, receipt=report.receipt()).ok
    regraft.copy(saved, tmp_path / "b", map={"net/": "model/"}, cast={"float64": "float32"},
                 overwrite=True)
    replayed = regraft.verify(tmp_path / "b", receipt=receipt)
    assert not replayed and "model/bias" in dict(replayed.failed)


def test_a_flipped_byte_does_not_verify(saved):
    assert regraft.verify(saved).check() is None
    data = pathlib.Path(saved + ".data-00000-of-00001")
    damaged = bytearray(data.read_bytes())
    damaged[0] ^= 1
    data.write_bytes(damaged)
    found = regraft.verify(saved)
    assert not found.ok and len(found.failed) == 1
    with pytest.raises(regraft.CorruptError, match="[Cc]hecksum"):
        found.check()


def test_a_checkpoint_gets_the_values_of_another(saved, tmp_path):
    target = regraft.save(tmp_path / "t", {"net/kernel": np.zeros((2, 3), np.float32),
                                           "head": np.ones(2, np.float32)})
    plan = regraft.plan(saved, target, exclude="head", output=tmp_path / "out")
    assert "would restore 1/2" in plan.headline
    report = plan.apply()
    assert report.restored == ["net/kernel"] and report.path == str(tmp_path / "out")
    file = regraft.open(report.path)
    assert file["net/kernel"].read()[1, 2] == 5 and file["head"].read().tolist() == [1, 1]
    assert regraft.open(target)["net/kernel"].read().sum() == 0
    with pytest.raises(regraft.InvalidArgumentError, match="output"):
        regraft.restore(saved, target, exclude="head")


def test_progress_is_told_and_may_stop_it(saved, tmp_path):
    told = []
    regraft.copy(saved, tmp_path / "b", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regraft.copy(saved, tmp_path / "c", progress=stop)
    assert not list(tmp_path.glob("c*"))


def test_what_is_no_path_is_refused():
    with pytest.raises(regraft.InvalidArgumentError, match="None"):
        regraft.verify(None)
    with pytest.raises(regraft.CheckpointNotFoundError) as missing:
        regraft.verify(MODEL / "ckpt_named_mdel")
    assert isinstance(missing.value, FileNotFoundError)
    assert "ckpt_named_model" in str(missing.value)


def test_errors_say_the_same_as_the_command(tmp_path):
    with pytest.raises(KeyError) as refused:
        regraft.open(MODEL)["model/dense_layer_1/kernal"]
    error = refused.value
    assert isinstance(error, regraft.RegraftError)
    assert str(error).startswith("error[select/unknown-name]: ")
    assert {"name": "model/dense_layer_1/kernel"} in error.suggestions


def test_hints_name_arguments_of_python():
    with pytest.raises(regraft.UnmetError) as refused:
        regraft.restore(MODEL, {"model/dense_layer_1/bias": np.zeros(3, np.float32)})
    assert "on_shape='skip'" in refused.value.hint and "--" not in str(refused.value)
    assert "or on_shape='skip' or" in str(refused.value)
    with pytest.raises(regraft.NameNotFoundError) as refused:
        regraft.restore(MODEL, {"model/dense_layer_1/bias": np.zeros(64, np.float32)},
                        exclude="nothing")
    assert "allow_unused_rules=True" in str(refused.value)
