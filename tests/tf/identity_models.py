"""Random models whose variables hold numbers of their own.

A model is first a plan of `Leaf`, `Row` and `Named`, made from a random generator alone, so that
a seed says everything. Each leaf has a number, `uid`, that edits leave alone: two variables are
the same, by construction, if the uid of their leaf and their name in it are. `Built` makes the
real objects and gives every variable a number of its own as its value, so that values tell where
they are from.
"""
import dataclasses
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

import keras
import numpy as np
import tensorflow as tf

IS_KERAS_3 = keras.__version__.startswith("3.")
WIDTH = 4  # What every layer takes and gives, so that any order works; the head gives another.


@dataclasses.dataclass
class Leaf:
    """A layer or a variable. `name` is None if nobody gives it one."""

    uid: int
    kind: str  # dense, plain, norm, scale; variable
    name: Optional[str]
    width: int = WIDTH
    frozen: bool = False


@dataclasses.dataclass
class Row:
    """What is told apart by its place: a list, a functional or a Sequential model."""

    kind: str  # list, tuple, functional, sequential
    name: Optional[str]
    items: List["Plan"]
    early: bool = True  # A Sequential model knows its input before it is called.


@dataclasses.dataclass
class Named:
    """What has attributes or keys: a subclassed model or layer, a module, a dict."""

    kind: str  # model, block, module, dict
    name: Optional[str]
    items: Dict[str, "Plan"]


Plan = Union[Leaf, Row, Named]
Step = Union[str, int]
LAYERS = ("dense", "dense", "dense", "plain", "norm", "scale")
# Some end in a number, as people's names do; none is one that a framework would choose.
WORDS = ("query", "value", "fc1", "fc2", "stem", "out_norm", "fc_3", "proj", "mixer", "gate",
         "tower_a", "tower_b", "block5_conv", "squeeze", "merge2", "lift", "skip_7", "tail")


def leaves(plan: Plan, path: Tuple[Step, ...] = (), above: Tuple[Any, ...] = ()
           ) -> Iterator[Tuple[Leaf, Tuple[Step, ...], Tuple[Any, ...]]]:
    """(leaf, its path of attributes and places, the models and layers that hold it)."""
    if isinstance(plan, Leaf):
        yield plan, path, above
        return
    items = plan.items.items() if isinstance(plan, Named) else enumerate(plan.items)
    inner = above if plan.kind in ("list", "tuple", "dict", "module") else above + (plan,)
    for step, item in list(items):
        yield from leaves(item, path + (step,), inner)


def described(plan: Plan) -> str:
    """`dense#3 'fc1'`: kind, uid, the name that it was given; `!` for a frozen one."""
    name = "" if plan.name is None else f" {plan.name!r}"
    if isinstance(plan, Leaf):
        width = "" if plan.width == WIDTH else str(plan.width)
        return f"{plan.kind}{width}#{plan.uid}{'!' * plan.frozen}{name}"
    if isinstance(plan, Named):
        inside = ", ".join(f"{step}: {described(item)}" for step, item in plan.items.items())
        return f"{plan.kind}{name} {{{inside}}}"
    late = "" if plan.early or plan.kind != "sequential" else " late"
    return f"{plan.kind}{late}{name} [{', '.join(described(item) for item in plan.items)}]"


def variables_of(leaf: Leaf) -> Dict[str, Tuple[int, ...]]:
    """The shapes of a leaf's variables, by their names in it; trainable ones first."""
    if leaf.kind == "variable":
        return {"": (leaf.width,)}
    kernel = {"kernel": (WIDTH, leaf.width)}
    return {"dense": {**kernel, "bias": (leaf.width,)}, "plain": kernel,
            "norm": {name: (WIDTH,) for name in ("gamma", "beta", "moving_mean",
                                                 "moving_variance")},
            "scale": {name: (WIDTH,) for name in ("gamma", "beta")}}[leaf.kind]


class Maker:
    """Makes plans, with names that are not used yet."""

    def __init__(self, rng: Any) -> None:
        self.rng = rng
        self.naming = rng.choice(("given", "automatic", "mixed"))
        self.attributes_are_names = rng.random() < 0.5
        self._words = rng.sample(WORDS, len(WORDS))
        self._made = self._uids = 0

    def word(self) -> str:
        self._made += 1
        again, at = divmod(self._made - 1, len(self._words))
        return self._words[at] + "x" * again

    def name(self, attribute: Optional[str] = None, naming: Optional[str] = None) -> Optional[str]:
        naming = naming or self.naming
        if naming == "automatic" or naming == "mixed" and self.rng.random() < 0.5:
            return None
        return attribute if attribute and self.attributes_are_names else self.word()

    def leaf(self, attribute: Optional[str] = None, kinds: Tuple[str, ...] = LAYERS,
             naming: Optional[str] = None) -> Leaf:
        self._uids += 1
        return Leaf(self._uids, self.rng.choice(kinds), self.name(attribute, naming))

    def block(self, attribute: Optional[str] = None) -> Named:
        """A layer of layers, whose parts are called alike in every block."""
        naming = self.rng.choice(("given", "automatic"))
        parts: Dict[str, Plan] = {"inner": self.leaf(kinds=("dense", "plain"), naming="automatic"),
                                  "norm": self.leaf(kinds=("scale",), naming="automatic")}
        for name, part in parts.items():
            part.name = name if naming == "given" else None
        return Named("block", self.name(attribute), parts)

    def part(self, attribute: Optional[str] = None) -> Plan:
        return self.block(attribute) if self.rng.random() < 0.12 else self.leaf(attribute)

    def row(self, kind: str, attribute: Optional[str] = None, least: int = 1, most: int = 4,
            part: Any = None) -> Row:
        count = self.rng.randint(least, most)
        name = None if kind in ("list", "tuple") else self.name(attribute)
        return Row(kind, name, [(part or self.part)() for _ in range(count)],
                   early=self.rng.random() < 0.7)

    def list_kind(self) -> str:
        """Keras 3 keeps what is in a list from TensorFlow, so that files lack it."""
        return "tuple" if IS_KERAS_3 and self.rng.random() < 0.75 else "list"

    def nested(self, attribute: Optional[str] = None) -> Row:
        kind = self.list_kind()
        return self.row(kind, attribute, 1, 3, lambda: self.row(kind, None, 1, 3))

    def dictionary(self, attribute: Optional[str] = None) -> Named:
        return Named("dict", None, self.parts(self.rng.randint(1, 3), (self.leaf,)))

    def parts(self, count: int, ways: Tuple[Any, ...]) -> Dict[str, Plan]:
        made: Dict[str, Plan] = {}
        for _ in range(count):
            attribute = self.word()
            made[attribute] = self.rng.choice(ways)(attribute)
        return made

    def head(self, attribute: Optional[str]) -> Leaf:
        self._uids += 1
        return Leaf(self._uids, "dense", self.name(attribute) and "head", self.rng.randint(2, 3))

    def model(self) -> Plan:
        rng = self.rng
        kind = rng.choice(("attributes", "lists", "nested", "functional", "sequential", "mixed",
                           "module", "variables"))
        if kind in ("functional", "sequential"):
            made = self.row(kind, None, 1, 5)
            made.items.append(self.head(None))
            return made
        if kind in ("module", "variables"):
            return self._module(kind)
        name = "net" if rng.random() < 0.8 else None
        lists = (lambda attribute: self.row(self.list_kind(), attribute),)
        ways = {"attributes": (self.part,), "lists": (*lists, self.part), "nested": (self.nested,),
                "mixed": (self.part, self.nested, *lists,
                          lambda attribute: self.row("functional", attribute),
                          lambda attribute: self.row("sequential", attribute),
                          *(() if IS_KERAS_3 else (self.dictionary,)))}[kind]
        parts = self.parts(rng.randint(2, 5) if kind == "attributes" else rng.randint(1, 3), ways)
        return Named("model", name, {**parts, "head": self.head("head")})

    def _module(self, kind: str) -> Named:
        rng = self.rng

        def leaf(attribute: Optional[str] = None) -> Leaf:
            kinds = ("variable",) if kind == "variables" else LAYERS
            made = self.leaf(attribute, kinds)
            if made.kind == "variable":
                made.width = rng.choice((WIDTH, WIDTH, 3))
            return made

        ways = (leaf, leaf, lambda attribute: self.row("list", None, 1, 3, leaf),
                lambda attribute: Named("dict", None, {self.word(): leaf(), self.word(): leaf()}),
                lambda attribute: Named("module", None, {self.word(): leaf(), self.word(): leaf()}))
        return Named("module", None, self.parts(rng.randint(2, 4), ways))


class Holder(keras.Model):
    """Calls what it holds one after the other."""

    def __init__(self, parts, name=None):
        super().__init__(name=name)
        for attribute, part in parts.items():
            setattr(self, attribute, part)
        self._in_order = lambda: list(parts.values())  # A function, which nothing tracks.

    def call(self, x):
        return called(self._in_order(), x)


class Block(keras.layers.Layer):
    def __init__(self, parts, name=None):
        super().__init__(name=name)
        for attribute, part in parts.items():
            setattr(self, attribute, part)
        self._in_order = lambda: list(parts.values())

    def call(self, x):
        return called(self._in_order(), x)


class Module(tf.Module):
    def __init__(self, parts):
        super().__init__()
        for attribute, part in parts.items():
            setattr(self, attribute, part)


def called(part: Any, x: Any) -> Any:
    if isinstance(part, (list, tuple, dict)):
        for each in part.values() if isinstance(part, dict) else part:
            x = called(each, x)
        return x
    return part(x)


class Built:
    """The objects of a plan.

    `variables` has for each variable, by (uid, name in its leaf, slot or ""), the object that a
    person would hand over; `raw` the `tf.Variable` of it.
    """

    def __init__(self, plan: Plan, optimizer: Optional[str] = None) -> None:
        self.plan, self.variables = plan, {}
        self._leaves: Dict[int, Any] = {}
        self.model = self._object(plan)
        module = isinstance(plan, Named) and plan.kind == "module"
        for part in self._leaves.values() if module else (self.model,):
            if not isinstance(part, tf.Variable):
                part(tf.zeros((1, WIDTH)))
        trainable = []
        for leaf, _, _ in leaves(plan):
            made = self._leaves[leaf.uid]
            for name in variables_of(leaf):
                key = (leaf.uid, name, "")
                self.variables[key] = getattr(made, name) if name else made
                if not leaf.frozen and not name.startswith("moving_"):
                    trainable.append(key)
            if leaf.frozen:
                made.trainable = False
        self.trainable = trainable
        self.optimizer = OPTIMIZERS[optimizer]() if optimizer else None
        if self.optimizer is not None:
            self._add_slots()
        self.raw = {key: getattr(v, "value", v) if IS_KERAS_3 and not isinstance(v, tf.Variable)
                    else v for key, v in self.variables.items()}

    def _object(self, plan: Plan) -> Any:
        if isinstance(plan, Leaf):
            self._leaves[plan.uid] = made = _leaf(plan)
            return made
        if isinstance(plan, Named):
            parts = {name: self._object(item) for name, item in plan.items.items()}
            return (parts if plan.kind == "dict" else Module(parts) if plan.kind == "module" else
                    (Block if plan.kind == "block" else Holder)(parts, name=plan.name))
        layers = [self._object(item) for item in plan.items]
        if plan.kind in ("list", "tuple"):
            return layers if plan.kind == "list" else tuple(layers)
        if plan.kind == "functional":
            inputs = keras.layers.Input((WIDTH,))
            return keras.Model(inputs, called(layers, inputs), name=plan.name)
        first = [keras.layers.Input((WIDTH,))] if plan.early else []
        return keras.Sequential(first + layers, name=plan.name)

    def _add_slots(self) -> None:
        of = [self.variables[key] for key in self.trainable]
        optimizer = self.optimizer
        if hasattr(optimizer, "get_slot_names"):  # The older kind of Keras 2.
            optimizer.iterations  # noqa: B018 - makes the variable.
            optimizer._create_all_weights(of)
            self.variables[0, "iterations", "."] = optimizer.iterations
            slots = [(key, slot, optimizer.get_slot(variable, slot)) for slot in
                     optimizer.get_slot_names() for key, variable in zip(self.trainable, of)]
        else:
            optimizer.build(of)
            self.variables[0, "iterations", "."] = optimizer._iterations
            slots = [(key, name, slot) for name in ("_momentums", "_velocities", "momentums")
                     for key, slot in zip(self.trainable, getattr(optimizer, name, None) or ())]
        for (uid, name, _), slot_name, slot in slots:
            self.variables[uid, name, slot_name] = slot

    def number(self, first: int, step: int) -> Dict[int, Any]:
        """Gives every variable a value of its own, to which `reset` returns; which is whose."""
        numbers = {first + i * step: key for i, key in enumerate(self.raw)}
        self.own = {key: number for number, key in numbers.items()}
        self._values = {key: np.full(self.raw[key].shape, number, self.raw[key].dtype.name)
                        for key, number in self.own.items()}
        self.reset()
        return numbers

    def reset(self) -> None:
        for key, variable in self.raw.items():
            variable.assign(self._values[key])

    def held(self) -> Dict[Any, Any]:
        """The values in each variable, without repetition."""
        return {key: frozenset(np.ravel(variable.numpy()).tolist())
                for key, variable in self.raw.items()}


def _leaf(leaf: Leaf) -> Any:
    if leaf.kind == "variable":
        return tf.Variable(tf.zeros((leaf.width,)), name=leaf.name)
    if leaf.kind in ("dense", "plain"):
        return keras.layers.Dense(leaf.width, use_bias=leaf.kind == "dense", name=leaf.name,
                                  kernel_initializer="zeros")
    normalization = (keras.layers.BatchNormalization if leaf.kind == "norm" else
                     keras.layers.LayerNormalization)
    return normalization(name=leaf.name)


OPTIMIZERS = {"adam": lambda: keras.optimizers.Adam(0.01),
              "sgd": lambda: keras.optimizers.SGD(0.01, momentum=0.9),
              "rmsprop": lambda: keras.optimizers.RMSprop(0.01, momentum=0.9)}
if not IS_KERAS_3:
    OPTIMIZERS["legacy_adam"] = lambda: keras.optimizers.legacy.Adam(0.01)
    OPTIMIZERS["legacy_sgd"] = lambda: keras.optimizers.legacy.SGD(0.01, momentum=0.9)


def clear_session() -> None:
    """Automatic names count from the beginning again."""
    if IS_KERAS_3:
        keras.backend.clear_session(free_memory=False)  # Which takes a second.
    else:
        keras.backend.clear_session()


def make_other_layers(rng: Any) -> None:
    """So that automatic names of what comes next have other numbers."""
    for _ in range(rng.randint(1, 3)):
        _leaf(Leaf(0, rng.choice(LAYERS), None))
