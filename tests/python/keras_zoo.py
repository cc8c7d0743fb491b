"""Models of every kind of layer that Keras stores, for the tests of its files."""
import keras
import numpy as np
from keras import layers

IS_KERAS_3 = keras.__version__.startswith("3.")
WIDTH = 6


class Block(layers.Layer):
    """A layer of layers, with a variable of its own; a file calls the layers by their attributes,
    of which the last in the alphabet is made first."""

    def __init__(self, **more):
        super().__init__(**more)
        self.zeta = layers.Dense(WIDTH)
        self.alpha = layers.Dense(WIDTH)
        self.norm = layers.BatchNormalization()

    def build(self, shape):
        self.own = self.add_weight(shape=(WIDTH,), initializer="zeros", name="own")
        self.built = True

    def call(self, x):
        return self.norm(self.alpha(self.zeta(x))) + self.own


class Chain(layers.Layer):
    """Layers in a list and in a dictionary, a model among them."""

    def __init__(self, **more):
        super().__init__(**more)
        self.parts = [layers.Dense(WIDTH),
                      keras.Sequential([layers.Dense(WIDTH), layers.Dense(WIDTH)])]
        self.table = {"x": layers.Dense(WIDTH), "y": layers.Dense(WIDTH)}

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.table["y"](self.table["x"](x))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = layers.Dense(WIDTH)
        self.blocks = [Block(), Block()]
        self.heads = {"a": layers.Dense(2), "b": layers.Dense(2)}
        self.drop = layers.Dropout(0.1)

    def call(self, x):
        x = self.drop(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return layers.concatenate([self.heads["a"](x), self.heads["b"](x)])


def inputs(*shape, **more):
    return keras.Input(shape or (WIDTH,), **more)


def given():
    first = x = inputs()
    for name in "abc":
        x = layers.Dense(WIDTH, name=name)(x)
    return keras.Model(first, layers.Dense(2, name="head")(x))


def automatic():
    return keras.Sequential([inputs(), *(layers.Dense(WIDTH) for _ in range(3)), layers.Dense(2)])


def convolutional():
    first = inputs(8, 8, 3)
    x = layers.Rescaling(0.5)(first)
    x = layers.BatchNormalization()(layers.Conv2D(4, 3)(x))
    x = layers.BatchNormalization(scale=False)(layers.DepthwiseConv2D(3)(x))
    x = layers.PReLU()(layers.SeparableConv2D(5, 2)(x))
    x = layers.GlobalAveragePooling2D()(layers.Conv2DTranspose(4, 2)(x))
    return keras.Model(first, layers.Dense(3)(layers.Dropout(0.2)(
        layers.LayerNormalization()(x))))


def nested():
    """Models in a model, of which one is used twice, and one has layers from outside."""
    encoder = keras.Sequential([inputs(), layers.Dense(WIDTH), layers.BatchNormalization()],
                               name="encoder")
    outer = inputs()
    middle = keras.Model(outer, layers.LayerNormalization()(layers.Dense(WIDTH)(outer)))
    first = inputs()
    x = encoder(layers.Dense(WIDTH)(middle(encoder(first))))
    return keras.Model(first, layers.Dense(2)(x))


def shared():
    one, other = inputs(), inputs()
    dense = layers.Dense(WIDTH)
    x = layers.Concatenate()([dense(one), dense(other)])
    return keras.Model([one, other], layers.Dense(2)(layers.Dense(2 * WIDTH)(x)))


def subclassed():
    model = Subclassed()
    model(np.ones((1, WIDTH), np.float32))
    return model


def recurrent():
    first = inputs(5, 4)
    x = layers.LSTM(3, return_sequences=True)(first)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(4))(x)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    return keras.Model(first, layers.SimpleRNN(3)(x))


def cells():
    first = inputs(5, 4)
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)], return_sequences=True)(first)
    x = layers.Conv1D(3, 2)(layers.Attention(use_scale=True)([x, x]))
    return keras.Model(first, layers.GRU(2)(x))


def embedded():
    first = inputs(4, dtype="int32")
    x = layers.EinsumDense("abc,cd->abd", output_shape=(4, 3), bias_axes="d")(
        layers.Embedding(9, 5)(first))
    return keras.Model(first, layers.Dense(2)(layers.Flatten()(x)))


def normalized():
    layer = layers.Normalization()
    layer.adapt(np.arange(5.0 * WIDTH, dtype=np.float32).reshape(5, WIDTH))
    first = inputs()
    x = layers.Dense(4)(layers.GaussianNoise(0.1)(layer(first)))
    return keras.Model(first, layers.Dense(2)(layers.GroupNormalization(2)(x)))


def of_own_classes():
    first = inputs()
    return keras.Model(first, layers.Dense(2)(Block()(Block(name="named")(Chain()(first)))))


MODELS = (given, automatic, convolutional, nested, shared, subclassed, recurrent, cells, embedded,
          normalized, of_own_classes)


def clear():
    """Layers are counted from the beginning again."""
    (keras.utils if IS_KERAS_3 else keras.backend).clear_session()


def array(thing):
    return np.array(keras.ops.convert_to_numpy(thing) if IS_KERAS_3 else thing.numpy())


def state_of(optimizer):
    variables = optimizer.variables
    return list(variables() if callable(variables) else variables)


def fill(variables, seed):
    """Values that no two variables have in common."""
    random = np.random.default_rng(seed)
    for variable in variables:
        dtype = array(variable).dtype
        shape = tuple(variable.shape)
        if dtype.kind == "f":
            variable.assign((random.random(shape) + 0.1).astype(dtype))
        else:
            variable.assign(random.integers(1, 1000, shape).astype(dtype))


def filled(make, seed):
    model = make()
    fill(model.weights, seed)
    for layer in getattr(model, "layers", ()):
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return model


def output(model):
    """What the model says of some input."""
    random = np.random.default_rng(3)
    given = []
    for each in getattr(model, "inputs", None) or [None]:
        shape = (2, WIDTH) if each is None else (2, *each.shape[1:])
        whole = each is not None and "int" in str(each.dtype)
        given.append(random.integers(0, 9, shape) if whole
                     else random.random(shape).astype(np.float32))
    return array(model(given if len(given) > 1 else given[0]))


def values(variables):
    return [array(variable) for variable in variables]


def name_of(variable):
    return getattr(variable, "path", variable.name)


def differing(variables, wanted):
    """The names of those whose values are others."""
    return [name_of(variable) for variable, want in zip(variables, wanted)
            if not np.array_equal(array(variable), want)]
