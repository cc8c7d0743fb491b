"""Real programs: what people fine-tune, converted and continued."""
import pathlib

import numpy as np
import pytest

import regraft
import regraft.train

keras = pytest.importorskip("keras")
KERAS_3 = keras.__version__.startswith("3.")
BACKEND = keras.backend.backend()
DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"


def numpy_of(variable):
    return keras.ops.convert_to_numpy(variable) if KERAS_3 else variable.numpy()


# A Keras application, fine-tuned: written by TensorFlow, restored below another head.

@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow writes the checkpoint")
def test_resnet50_gets_a_new_head(tmp_path):
    tf = pytest.importorskip("tensorflow")
    shape = (32, 32, 3)
    trained = keras.applications.ResNet50(weights=None, input_shape=shape, classes=10)
    path = tf.train.Checkpoint(model=trained).write(str(tmp_path / "resnet"))

    base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=shape,
                                       pooling="avg")
    head = keras.layers.Dense(5, name="head")(base.output)
    model = keras.Model(base.input, head)
    initial = [numpy_of(v) for v in model.get_layer("head").weights]

    report = regraft.restore(path, model, exclude="head/**")
    assert len(report.restored) == 318 and len(report.not_selected) == 2
    image = np.linspace(-1, 1, 32 * 32 * 3, dtype=np.float32).reshape(1, *shape)
    features = keras.Model(trained.input, trained.layers[-2].output)
    np.testing.assert_array_equal(np.asarray(base(image)), np.asarray(features(image)))
    for variable, value in zip(model.get_layer("head").weights, initial):
        np.testing.assert_array_equal(numpy_of(variable), value)

    # Forgetting the head is an error that names it, and nothing changes.
    with pytest.raises(regraft.UnmetError, match="head"):
        regraft.restore(path, model)


# A TF1 transformer by a map file.

TRANSFORMER = "tensorflow__tensor2tensor/bafdc1b67730/tensor2tensor/test_data/transformer_test_ckpt"
LAYER = "transformer/body/encoder/layer_0/"
ATTENTION = LAYER + "self_attention/multihead_attention/"
MAP_FILE = f"""
[map]
"{ATTENTION}q/kernel" = "block/query/kernel"
"{ATTENTION}k/kernel" = "block/key/kernel"
"{ATTENTION}v/kernel" = "block/value/kernel"
"{LAYER}ffn/conv1/" = "block/inner/"
"{LAYER}ffn/conv2/" = "block/outer/"
"""


@pytest.mark.skipif(not KERAS_3, reason="into a Keras 3 model")
def test_a_tf1_transformer_goes_into_a_keras_3_model_by_a_map_file(corpus, tmp_path):
    source = regraft.open(corpus / TRANSFORMER)
    width, inner = source[LAYER + "ffn/conv2/bias"].size, source[LAYER + "ffn/conv1/bias"].size

    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.query = keras.layers.Dense(width, use_bias=False)
            self.key = keras.layers.Dense(width, use_bias=False)
            self.value = keras.layers.Dense(width, use_bias=False)
            self.inner = keras.layers.Dense(inner)
            self.outer = keras.layers.Dense(width)

        def call(self, x):
            return self.outer(self.inner(self.query(x) + self.key(x) * self.value(x)))

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def call(self, x):
            return self.block(x)

    model = Model()
    model(np.zeros((1, width), np.float32))
    file = tmp_path / "map.toml"
    file.write_text(MAP_FILE)
    report = regraft.restore(source, model, map=file)
    assert len(report.restored) == 7
    np.testing.assert_array_equal(numpy_of(model.block.query.kernel),
                                  source[ATTENTION + "q/kernel"].read())
    np.testing.assert_array_equal(numpy_of(model.block.inner.bias),
                                  source[LAYER + "ffn/conv1/bias"].read())


# A checkpoint of Keras 2 into Keras 3 on whatever back end.

@pytest.mark.skipif(not KERAS_3, reason="into a Keras 3 model")
def test_a_keras_2_checkpoint_goes_into_keras_3():
    class NamedModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.embedding_layer = keras.layers.Embedding(100, 10, name="embedding_layer")
            self.dense_layer_1 = keras.layers.Dense(64, activation="relu", name="dense_layer_1")
            self.dense_layer_2 = keras.layers.Dense(10, name="dense_layer_2")

        def call(self, x):
            return self.dense_layer_2(self.dense_layer_1(self.embedding_layer(x)))

    folder = DATA / "keras2" / "skip_embedding"
    model = NamedModel()
    words = np.arange(10, dtype=np.int32).reshape(1, 10)
    model(words)
    report = regraft.restore(folder, model)
    assert len(report.restored) == 5
    file = regraft.open(folder)
    for name in report.restored:
        assert report.sources[name] in file
    np.testing.assert_array_equal(numpy_of(model.dense_layer_1.kernel),
                                  file["model/dense_layer_1/kernel"].read())
    np.testing.assert_array_equal(numpy_of(model.embedding_layer.embeddings),
                                  file["model/embedding_layer/embeddings"].read())


# Training that goes on as if nothing had happened.

def optimizers():
    yield "Adam", lambda: keras.optimizers.Adam(0.05)
    yield "momentum", lambda: keras.optimizers.SGD(0.001, momentum=0.9)
    if not KERAS_3:
        yield "legacy Adam", lambda: keras.optimizers.legacy.Adam(0.05)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the steps are TensorFlow's")
@pytest.mark.parametrize("optimizer", [make for _, make in optimizers()],
                         ids=[name for name, _ in optimizers()])
@pytest.mark.parametrize("writer", ["tensorflow", "regraft"])
def test_training_continues_with_the_same_losses(tmp_path, optimizer, writer):
    tf = pytest.importorskip("tensorflow")
    x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(8, 5)
    y = x.sum(axis=1, keepdims=True) ** 2

    def build():
        model = keras.Sequential([keras.layers.Dense(7, activation="tanh"), keras.layers.Dense(1)])
        model.build((None, 5))
        return model, optimizer()

    def step(model, adam):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x) - y) ** 2)
        variables = model.trainable_variables
        adam.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return float(loss)

    model, adam = build()
    for _ in range(3):
        step(model, adam)
    world = tf if writer == "tensorflow" else regraft
    path = world.train.Checkpoint(model=model, optimizer=adam).save(str(tmp_path / "ckpt"))
    uninterrupted = [step(model, adam) for _ in range(3)]

    again, fresh = build()
    status = regraft.train.Checkpoint(model=again, optimizer=fresh).restore(path)
    status.assert_consumed()
    continued = [step(again, fresh) for _ in range(3)]
    np.testing.assert_allclose(continued, uninterrupted, rtol=1e-6)
    assert uninterrupted[0] > uninterrupted[-1]  # It does learn.
