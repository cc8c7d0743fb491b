"""Variables of TensorFlow with an open shape, and with strings."""
import numpy as np
import pytest

import regraft
from regraft import train

tf = pytest.importorskip("tensorflow")

ROWS = np.arange(15, dtype="float32").reshape(5, 3)


@pytest.fixture
def file(tmp_path):
    return tf.train.Checkpoint(rows=tf.Variable(ROWS, name="rows"),
                               words=tf.Variable(["one", "two", "three"])).write(str(tmp_path / "rows"))


def rows(extent, shape, columns=3):
    return tf.Variable(np.zeros((extent, columns), "float32"), shape=tf.TensorShape(shape),
                       name="rows")


@pytest.mark.parametrize("shape", [[None, 3], [None, None], None], ids=str)
@pytest.mark.parametrize("extent", [0, 2, 5, 9])
@pytest.mark.parametrize("policy", ["error", "slice", "pad", "pad=keep", "skip"])
def test_an_open_extent_takes_any(file, shape, extent, policy):
    for restore in (lambda v: regraft.restore(file, {"rows": v}, on_shape=policy),
                    lambda v: regraft.restore(file, [v], on_shape=policy),
                    lambda v: train.Checkpoint(rows=v).restore(file, on_shape=policy)):
        variable = rows(extent, shape)
        report = restore(variable)
        np.testing.assert_array_equal(variable.numpy(), ROWS)
        assert len(report.restored) == 1


def test_a_closed_extent_is_compared(file):
    for variable in (rows(2, [2, 3]), rows(5, [None, 2], 2), rows(5, [5, None], 2)):
        closed = variable.shape[1] is not None or variable.shape[0] == 5
        if variable.shape.is_compatible_with(ROWS.shape):
            regraft.restore(file, {"rows": variable})
            np.testing.assert_array_equal(variable.numpy(), ROWS)
        else:
            assert closed
            with pytest.raises(regraft.UnmetError, match="select/shape"):
                regraft.restore(file, {"rows": variable})
            assert not variable.numpy().any()


def test_a_failing_restore_gives_the_extent_back(file):
    variable, words = rows(2, [None, 3]), np.zeros(3, "S3")
    with pytest.raises(regraft.UnmetError, match="select/unreadable"):
        regraft.restore(file, {"rows": variable, "words": tf.Variable([1.0, 2.0, 3.0])})
    with pytest.raises(regraft.UnmetError, match="cut-off"):
        regraft.restore(file, {"rows": variable, "words": words})
    assert variable.numpy().shape == (2, 3)


def test_strings_go_into_variables_of_strings(file):
    variable, other = tf.Variable(["a", "b", "c"]), rows(2, [None, 3])
    plan = regraft.plan(file, {"words": variable, "rows": other})
    assert plan.ok and variable.numpy()[0] == b"a"
    plan.apply()
    assert variable.numpy().tolist() == [b"one", b"two", b"three"]
    status = train.Checkpoint(words=tf.Variable(["a", "b", "c"]), rows=other).restore(file)
    assert len(status.restored) == 2
