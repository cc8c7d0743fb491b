"""regraft.train without any framework."""
import pathlib

import numpy as np
import pytest

import regraft
from regraft import train
from regraft._collect import collect
from regraft._sources import reader_of
from regraft._restore import plan_places
from regraft._rules import rules

DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"
FOLDER = DATA / "keras2" / "skip_embedding"
PREFIX = str(FOLDER / "ckpt_named_model-1")


def test_latest_checkpoint_takes_a_folder_and_a_stem():
    assert train.latest_checkpoint(str(FOLDER)) == PREFIX
    assert train.latest_checkpoint(FOLDER / "ckpt_named_model") == PREFIX
    assert train.latest_checkpoint(FOLDER, latest_filename="checkpoint") == PREFIX


def test_latest_checkpoint_is_never_none(tmp_path):
    with pytest.raises(regraft.CheckpointNotFoundError):
        train.latest_checkpoint(tmp_path)


def test_variables_are_listed_and_loaded():
    listed = train.list_variables(FOLDER)
    assert ("model/dense_layer_1/bias/.ATTRIBUTES/VARIABLE_VALUE", [64]) in listed
    assert listed == sorted(listed)
    kernel = train.load_variable(FOLDER, "named_model/dense_layer_1/kernel:0")
    assert kernel.shape == (10, 64)
    reader = train.load_checkpoint(PREFIX)
    key = "model/dense_layer_1/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    assert reader.has_tensor(key) and not reader.has_tensor("no")
    assert reader.get_variable_to_shape_map()[key] == [10, 64]
    assert reader.get_variable_to_dtype_map()[key] == np.float32
    np.testing.assert_array_equal(reader.get_tensor(key), kernel)
    with pytest.raises(KeyError, match="dense_layer_1/kernel"):
        train.load_variable(FOLDER, "model/dense_layer_1/kernal")


def arrays():
    return {"model/dense_layer_1/kernel": np.zeros((10, 64), np.float32),
            "named_model/dense_layer_2/bias": np.zeros(10, np.float32)}


def test_a_dict_of_arrays_is_filled_in_place():
    into = arrays()
    status = train.Checkpoint(**into).restore(FOLDER)
    for name, array in into.items():
        np.testing.assert_array_equal(array, train.load_variable(FOLDER, name))
    assert len(status.restored) == 2
    assert status.expect_partial() is status
    status.assert_existing_objects_matched().assert_nontrivial_match()
    with pytest.raises(AssertionError, match="embedding_layer"):
        status.assert_consumed()


def test_nothing_to_restore_is_an_error_that_shows_names():
    for checkpoint in (train.Checkpoint(), train.Checkpoint(chosen=[])):
        with pytest.raises(regraft.InvalidArgumentError, match="model/dense_layer_1/kernel"):
            checkpoint.restore(FOLDER)


def test_no_path_is_an_error():
    with pytest.raises(regraft.InvalidArgumentError, match="nothing, in silence"):
        train.Checkpoint(**arrays()).restore(None)


def test_read_wants_the_prefix_itself():
    into = arrays()
    with pytest.raises(regraft.InvalidArgumentError, match="train/not-a-prefix"):
        train.Checkpoint(**into).read(FOLDER)
    train.Checkpoint(**into).read(PREFIX)
    assert all(array.any() for array in into.values())


def test_a_failing_restore_changes_nothing():
    into = arrays()
    into["model/dense_layer_2/kernel"] = np.zeros((3, 3), np.float32)
    with pytest.raises(regraft.UnmetError) as refused:
        train.Checkpoint(**into).restore(FOLDER)
    assert "select/shape" in str(refused.value)
    assert not any(array.any() for array in into.values())
    status = train.Checkpoint(**into).restore(FOLDER, on_shape="skip")
    assert status.kept == ["model/dense_layer_2/kernel"]
    with pytest.raises(AssertionError, match="dense_layer_2"):
        status.assert_existing_objects_matched()


def test_a_commit_that_fails_half_way_is_rolled_back():
    into = arrays()
    places = collect(into)

    def fail(block, shape):
        raise RuntimeError("the device is gone")

    places.places[1].adopt = fail
    plan = plan_places(reader_of(FOLDER), places, rules(), False)
    with pytest.raises(RuntimeError, match="the device is gone"):
        plan.apply()
    assert not any(array.any() for array in into.values())


def test_saved_numbers_count_and_continue(tmp_path):
    weights = np.arange(3, dtype=np.float32)
    checkpoint = train.Checkpoint(vars=[named(weights)])
    assert checkpoint.save(tmp_path / "ckpt") == str(tmp_path / "ckpt-1")
    weights += 1
    assert checkpoint.save(tmp_path / "ckpt") == str(tmp_path / "ckpt-2")
    assert int(checkpoint.save_counter) == 2
    assert train.latest_checkpoint(tmp_path) == str(tmp_path / "ckpt-2")
    keys = [key for key, _ in train.list_variables(tmp_path)]
    assert keys == ["save_counter/.ATTRIBUTES/VARIABLE_VALUE", "vars/0/.ATTRIBUTES/VARIABLE_VALUE"]


def named(array):
    torch = pytest.importorskip("torch")
    return torch.from_numpy(array)


def test_the_interval_of_a_manager_counts_from_the_step_that_was_restored(tmp_path):
    def managed(step):
        return train.CheckpointManager(train.Checkpoint(step=step), tmp_path, 3,
                                       step_counter=step, checkpoint_interval=10)

    managed(np.array(100)).save()
    step = np.array(0)
    manager = managed(step)
    assert manager.restore_or_initialize() and step == 100
    step[...] = 109
    assert manager.save() is None
    step[...] = 110
    assert manager.save() == str(tmp_path / "ckpt-2")
