"""V1 checkpoints that TensorFlow writes, read by Regraft and by TensorFlow."""

import numpy as np
import pytest

import regraft

tf = pytest.importorskip("tensorflow")


@pytest.fixture
def saved(tmp_path):
    """Values by name, and the path at which a V1 Saver has put them in two shards."""
    tf1 = tf.compat.v1
    rng = np.random.RandomState(0)
    values = {f"a/{t}": (rng.randn(3, 2) * 50).astype(t)
              for t in ["float32", "float64", "int32", "uint8", "int16", "int8", "int64", "float16",
                        "uint16", "complex64"]}
    values["flag"] = np.array([True, False])
    values["step"] = np.int32(-5)
    values["rows"] = rng.randn(5, 3).astype("float32")
    with tf.Graph().as_default():
        made = []
        for number, (name, value) in enumerate(values.items()):
            if name == "rows":
                continue
            with tf1.device(f"/cpu:{number % 2}"):
                made.append(tf1.get_variable(name, initializer=tf.constant(value),
                                             use_resource=False))

        def initial(shape, dtype=None, partition_info=None):
            start = partition_info.var_offset[0]
            return tf.constant(values["rows"][start:start + shape[0]])

        made.append(tf1.get_variable("rows", shape=(5, 3), initializer=initial, use_resource=False,
                                     partitioner=lambda shape, dtype: [2, 1]))
        saver = tf1.train.Saver(made, write_version=tf1.train.SaverDef.V1, sharded=True)
        with tf1.Session(config=tf1.ConfigProto(device_count={"CPU": 2})) as session:
            session.run(tf1.global_variables_initializer())
            saver.save(session, str(tmp_path / "m.ckpt"), global_step=3)
    return values, tmp_path


@pytest.mark.parametrize("where", ["", "checkpoint", "m.ckpt", "m.ckpt-3"])
def test_every_value_is_what_was_saved(saved, where):
    values, folder = saved
    with regraft.open(folder / where) as checkpoint:
        assert sorted(checkpoint) == sorted(values)
        for name, value in values.items():
            read = np.asarray(checkpoint[name])
            assert read.dtype == value.dtype
            np.testing.assert_array_equal(read, value)
        np.testing.assert_array_equal(np.asarray(checkpoint["rows"][1:4]), values["rows"][1:4])


def test_tensorflow_reads_the_copy(saved):
    values, folder = saved
    regraft.copy(folder, folder / "v2")
    reader = tf.train.load_checkpoint(str(folder / "v2"))
    assert sorted(reader.get_variable_to_shape_map()) == sorted(values)
    for name, value in values.items():
        np.testing.assert_array_equal(reader.get_tensor(name), value)
