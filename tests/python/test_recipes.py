"""The three published recipes, each program run as it is and with Regraft in its place.

As it is, TensorFlow restores nothing and raises nothing. With ``tf.train.`` replaced by
``regraft.train.`` and nothing else changed, the program does what it says, or is refused with
what would work.
"""
import pathlib

import numpy as np
import pytest

import regraft
import regraft.train

tf = pytest.importorskip("tensorflow")

keras = pytest.importorskip("keras")
KERAS_3 = keras.__version__.startswith("3.")
PROGRAMS = pathlib.Path(__file__).parent / "recipes"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.keras.backend.clear_session()  # Automatic names start anew.


def run(name, *, with_regraft, **given):
    text = (PROGRAMS / name).read_text()
    assert text.count("tf.train.") >= 3
    if with_regraft:
        text = text.replace("tf.train.", "regraft.train.")
    program = {"regraft": regraft, "__name__": "recipe", **given}
    exec(compile(text, name, "exec"), program)
    return program


def values(variables):
    return [v.numpy() for v in variables]


def assert_equal(variables, expected):
    assert len(variables) == len(expected) > 0
    for now, value in zip(values(variables), expected):
        np.testing.assert_array_equal(now, value)


def assert_untouched(variables):
    assert all((value == 9).all() for value in values(variables))


# 1. A list of variables.

def test_tensorflow_restores_no_shared_base():
    program = run("shared_base.py", with_regraft=False, SEPARATE_BASE=False)
    assert_untouched(program["restorable"])


def test_a_shared_base_gets_the_trained_bits_and_the_head_keeps_its_own():
    program = run("shared_base.py", with_regraft=True, SEPARATE_BASE=False)
    assert_equal(program["restorable"], program["trained"])
    assert_equal(program["head"][0].trainable_variables, program["initial_head"])
    status = program["status"]
    assert len(status.restored) == 2
    status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match="head_layers/0"):
        status.assert_consumed()


def test_a_separate_base_is_restored_since_nothing_else_in_the_file_could_be_meant():
    program = run("shared_base.py", with_regraft=True, SEPARATE_BASE=True)
    assert_equal(program["restorable"], program["trained"])
    assert_equal(program["head"][0].trainable_variables, program["initial_head"])


# 2. A filter on names.

def test_tensorflow_restores_nothing_by_a_filter():
    program = run("name_filter.py", with_regraft=False)
    assert_untouched(program["model"].trainable_variables)


def test_a_filter_on_names_restores_what_it_kept():
    program = run("name_filter.py", with_regraft=True)
    model, trained = program["model"], program["trained"]
    chosen = program["chosen"]
    assert_equal(chosen, [trained[id(v)] for v in chosen])
    notes = " ".join(program["status"].notes)
    if KERAS_3:  # v.name is "kernel", so that the filter kept everything: as asked, and said.
        assert len(chosen) == 5
        assert "v.path" in notes and "embedding_layer" in notes
    else:
        assert len(chosen) == 4
        assert_untouched(model.embedding_layer.trainable_variables)
        assert "v.path" not in notes


def test_a_filter_on_paths_leaves_the_embedding_alone():
    if not KERAS_3:
        pytest.skip("Keras 2 has no v.path")
    text = (PROGRAMS / "name_filter.py").read_text()
    text = text.replace("tf.train.", "regraft.train.").replace("in v.name", "in v.path")
    program = {"regraft": regraft}
    exec(compile(text, "by_path", "exec"), program)
    assert len(program["chosen"]) == 4
    assert_equal(program["chosen"], [program["trained"][id(v)] for v in program["chosen"]])
    assert_untouched(program["model"].embedding_layer.trainable_variables)


# 3. A dictionary by old names.

AS_PUBLISHED = ("old_dense1/kernel:0", "old_dense1/bias:0")
SPELLINGS = [
    ("model/dense1_old/kernel/.ATTRIBUTES/VARIABLE_VALUE",
     "model/dense1_old/bias/.ATTRIBUTES/VARIABLE_VALUE"),
    ("model/dense1_old/kernel", "model/dense1_old/bias"),
    ("(root).model.dense1_old.kernel", "(root).model.dense1_old.bias"),
    ("old_model/old_dense1/kernel", "old_model/old_dense1/bias"),
    ("old_model/old_dense1/kernel:0", "old_model/old_dense1/bias:0"),
]


def test_tensorflow_restores_nothing_by_a_dictionary():
    program = run("dictionary.py", with_regraft=False, NAMES=AS_PUBLISHED, MAPPING=None)
    assert program["mapping"] == {}  # The names that people compare with are no names.
    assert_equal(program["new"].trainable_variables, program["before"])
    tf.keras.backend.clear_session()
    program = run("dictionary.py", with_regraft=False, NAMES=AS_PUBLISHED, MAPPING=SPELLINGS[4])
    assert_equal(program["new"].trainable_variables, program["before"])


def test_an_empty_dictionary_is_refused_with_the_names_that_exist():
    with pytest.raises(regraft.InvalidArgumentError) as refused:
        run("dictionary.py", with_regraft=True, NAMES=AS_PUBLISHED, MAPPING=None)
    assert refused.value.slug == "select/empty-list"
    assert "model/dense1_old/kernel" in str(refused.value)
    assert "old_model/old_dense1/kernel" in str(refused.value)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda names: names[0])
def test_a_dictionary_works_with_every_spelling(spelling):
    program = run("dictionary.py", with_regraft=True, NAMES=AS_PUBLISHED, MAPPING=spelling)
    new, old = program["new"], program["old"]
    assert_equal(new.dense1_new.trainable_variables, values(old.dense1_old.trainable_variables))
    assert_equal(new.dense2.trainable_variables, program["before"][2:])
    assert len(program["status"].restored) == 2


def test_a_wrong_old_name_is_refused_with_the_nearest():
    with pytest.raises(regraft.UnmetError) as refused:
        run("dictionary.py", with_regraft=True, NAMES=AS_PUBLISHED,
            MAPPING=("old_dense/kernel", "old_model/old_dense1/bias"))
    assert "old_model/old_dense1/kernel" in str(refused.value)
