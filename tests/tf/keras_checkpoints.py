"""Checkpoints of Keras models and their optimizers, under Keras 2 and Keras 3."""
import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")


class Block(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(units)
        self.norm = keras.layers.LayerNormalization()

    def call(self, x):
        return self.norm(self.inner(x))


class Attributes(keras.Model):
    """Layers as attributes, nested, one of them shared."""

    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(4, name="old_first")
        self.block = Block(4)
        self.again = self.first
        self.norm = keras.layers.BatchNormalization()

    def call(self, x):
        return self.norm(self.block(self.first(x)))


class Containers(keras.Model):
    """Layers in a list, a dictionary and a tuple: Keras 3 keeps the first two to itself."""

    def __init__(self):
        super().__init__()
        self.in_list = [keras.layers.Dense(3), [keras.layers.Dense(3)]]
        self.in_dict = {"a": keras.layers.Dense(3)}
        self.in_tuple = (keras.layers.Dense(3), keras.layers.Dense(2))

    def call(self, x):
        x = self.in_dict["a"](self.in_list[1][0](self.in_list[0](x)))
        return self.in_tuple[1](self.in_tuple[0](x))


def sequential():
    layers = keras.layers
    return keras.Sequential([
        layers.Input((12, 12, 2)), layers.Conv2D(3, 3, activation="relu"),
        layers.BatchNormalization(), layers.MaxPooling2D(), layers.Dropout(0.5),
        layers.DepthwiseConv2D(2), layers.Flatten(), layers.Dense(5)])


def functional():
    layers = keras.layers
    words = layers.Input((7,), dtype="int32")
    x = layers.Embedding(20, 6, name="embedding_layer")(words)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.LayerNormalization()(x)
    x = layers.Bidirectional(layers.LSTM(3))(x)
    shared = layers.Dense(4, name="twice")
    left, right = shared(x), shared(layers.Dropout(0.1)(x))
    return keras.Model(words, layers.Dense(2, name="head")(layers.Add()([left, right])))


def recurrent():
    layers = keras.layers
    return keras.Sequential([layers.Input((5, 3)), layers.GRU(4, return_sequences=True),
                             layers.SimpleRNN(3)])


MODELS = {"sequential": (sequential, (12, 12, 2)), "functional": (functional, (7,)),
          "attributes": (Attributes, (6,)), "containers": (Containers, (6,)),
          "recurrent": (recurrent, (5, 3))}


def make(name):
    """A built model, its input and a target."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    build, shape = MODELS[name]
    model = build()
    dtype = np.int32 if name == "functional" else np.float32
    x = np.random.default_rng(7).integers(0, 9, size=(4,) + shape).astype(dtype)
    return model, x, np.zeros(model(x).shape, np.float32)


def optimizers():
    yield "adam", keras.optimizers.Adam(0.01)
    yield "sgd_momentum", keras.optimizers.SGD(0.01, momentum=0.9)
    if not IS_KERAS_3:
        yield "legacy_adam", keras.optimizers.legacy.Adam(0.01)
        yield "legacy_sgd_momentum", keras.optimizers.legacy.SGD(0.01, momentum=0.9)


def train(model, optimizer, x, y):
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


def models(out):
    for name in MODELS:
        model, _, _ = make(name)
        tf.train.Checkpoint(model=model).save(f"{out}/{name}/ckpt")


def trained(out):
    for name in ("sequential", "attributes"):
        for optimizer_name, optimizer in optimizers():
            model, x, y = make(name)
            train(model, optimizer, x, y)
            tf.train.Checkpoint(model=model, optimizer=optimizer, step=tf.Variable(2)).save(
                f"{out}/{name}_{optimizer_name}/ckpt")
    model, x, y = make("attributes")
    optimizer = keras.optimizers.Adam()
    train(model, optimizer, x, y)
    # The optimizer first, so that in Keras 3 it owns the keys of the weights.
    tf.train.Checkpoint(aopt=optimizer, model=model).save(f"{out}/optimizer_first/ckpt")


def compiled(out):
    for name in ("sequential", "functional"):
        model, x, y = make(name)
        model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        model.fit(x, y, epochs=1, verbose=0)
        tf.train.Checkpoint(model=model).save(f"{out}/{name}_compiled/ckpt")
        tf.train.Checkpoint(model).write(f"{out}/{name}_as_root")
        if IS_KERAS_3:
            model.export(f"{out}/{name}_exported", verbose=False)
        else:
            model.save(f"{out}/{name}_saved", save_format="tf")
            model.save_weights(f"{out}/{name}_weights/w")


WRITERS = (models, trained, compiled)
