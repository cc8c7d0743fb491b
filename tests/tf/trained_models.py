"""Models of named layers with their optimizers, in every way in which a program holds layers.

Every layer takes and gives 4 features, so that a model of any of them, in any order, works.
"""
import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")


def make_layer(name):
    """A layer "b" normalizes, an "n" has layers of its own, others are Dense."""
    if name[0] == "b":
        return keras.layers.BatchNormalization(name=name)
    if name[0] == "n":
        return Nested(name=name)
    return keras.layers.Dense(4, activation="tanh", name=name)


class Nested(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(4)
        self.norm = keras.layers.LayerNormalization()

    def call(self, x):
        return self.norm(self.inner(x))


class Layers(keras.Model):
    """Calls one layer after the other."""

    def call(self, x, training=False):
        for layer in self._in_order():  # A function, which Keras does not track.
            normalizes = isinstance(layer, keras.layers.BatchNormalization)
            x = layer(x, training=training) if normalizes else layer(x)
        return x


class Attributes(Layers):
    def __init__(self, layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self._in_order = lambda: list(layers.values())


class Containers(Layers):
    """In Keras 3 only tuples: it keeps what is in lists and dictionaries to itself."""

    def __init__(self, layers):
        super().__init__()
        kept = tuple(layers.values())
        self.held = kept if IS_KERAS_3 else list(kept)
        self._in_order = lambda: kept


class ModuleOfLayers(tf.Module):
    def __init__(self, layers):
        super().__init__()
        self.by_name = dict(layers)
        self.in_list = list(layers.values())[:1]

    def __call__(self, x, training=False):
        del training
        for layer in self.by_name.values():
            x = layer(x)
        return x


def sequential(layers):
    return keras.Sequential([keras.layers.Input((4,)), *layers.values()])


def functional(layers):
    x = inputs = keras.layers.Input((4,))
    for layer in layers.values():
        x = layer(x)
    return keras.Model(inputs, x)


_POSITIONS = "_operations/{after}" if IS_KERAS_3 else "layer_with_weights-{at}"
# Each with the path of a layer below the model: by its name or its place.
KINDS = {
    "sequential": (sequential, "_functional/" + _POSITIONS if IS_KERAS_3 else _POSITIONS),
    "functional": (functional, _POSITIONS),
    "attributes": (Attributes, "{name}"),
    "containers": (Containers, "held/{at}"),
    "module": (ModuleOfLayers, "by_name/{name}"),
}
BY_NAME = ("attributes", "module")

OPTIMIZERS = {"adam": lambda: keras.optimizers.Adam(0.01),
              "sgd": lambda: keras.optimizers.SGD(0.01, momentum=0.9)}
if not IS_KERAS_3:
    OPTIMIZERS["legacy_adam"] = lambda: keras.optimizers.legacy.Adam(0.01, amsgrad=True)
    OPTIMIZERS["legacy_sgd"] = lambda: keras.optimizers.legacy.SGD(0.01, momentum=0.9)


class Trained:
    """A model and its optimizer, trained a step, after which every value is random.

    `names` maps names of attributes to layers: {"new_name": "a"}, or is a list of names that
    are both. `optimizer` is one of OPTIMIZERS, or None.
    """

    def __init__(self, kind, names, optimizer=None, seed=1):
        keras.backend.clear_session()
        self.kind = kind
        names = names if isinstance(names, dict) else {name: name for name in names}
        self.layers = {attribute: make_layer(layer) for attribute, layer in names.items()}
        self.model = KINDS[kind][0](self.layers)
        self.optimizer = OPTIMIZERS[optimizer]() if optimizer else None
        self._random = np.random.default_rng(seed)
        self.train()
        self.randomize()

    def train(self):
        x = tf.constant(self._random.normal(size=(8, 4)), tf.float32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.model(x, training=True) - 1.0) ** 2)
        if self.optimizer is None:
            return
        variables = [v for layer in self.layers.values() for v in layer.trainable_variables]
        gradients = tape.gradient(loss, [getattr(v, "value", v) if IS_KERAS_3 else v
                                         for v in variables])
        self.optimizer.apply_gradients(zip(gradients, variables))

    def randomize(self):
        for variable in self.variables():
            shape = tuple(variable.shape)
            variable.assign(self._random.integers(1, 1000, size=shape) if shape == () else
                            self._random.normal(size=shape))

    def variables(self):
        yield from (v for layer in self.layers.values() for v in layer.variables)
        if self.optimizer is not None:
            found = self.optimizer.variables
            yield from (found() if callable(found) else found)

    def path(self, name):
        """Of a layer below its model."""
        at = list(self.layers).index(name)
        return KINDS[self.kind][1].format(name=name, at=at, after=at + 1)

    def slots_of(self, variable):
        """By name."""
        optimizer = self.optimizer
        if hasattr(optimizer, "get_slot_names"):
            return {slot: optimizer.get_slot(variable, slot) for slot in optimizer.get_slot_names()}
        at = (optimizer._get_variable_index(variable) if IS_KERAS_3 else
              optimizer._index_dict[optimizer._var_key(variable)])
        lists = {slot: getattr(optimizer, slot, None)
                 for slot in ("_momentums", "_velocities", "momentums")}
        return {slot: values[at] for slot, values in lists.items() if values}

    def values(self):
        """Every value, by the layer's name, the variable's number there, and the slot."""
        out = {}
        for name, layer in self.layers.items():
            trainable = {id(variable) for variable in layer.trainable_variables}
            for i, variable in enumerate(layer.variables):
                out[name, i, ""] = np.array(variable)
                if self.optimizer is not None and id(variable) in trainable:
                    for slot, value in self.slots_of(variable).items():
                        out[name, i, slot] = np.array(value)
        if self.optimizer is not None:
            out["iterations", 0, ""] = np.array(self.optimizer.iterations)
        return out

    def checkpoint(self, **more):
        parts = {"model": self.model} | ({"optimizer": self.optimizer} if self.optimizer else {})
        return tf.train.Checkpoint(**parts, **more)
