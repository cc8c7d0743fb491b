"""No value lands in another layer's variable: random models, edited, and every way to restore.

usage: test_identity.py [--pairs N] [--seed S] [--only K] [--stress]

TensorFlow writes a file of a random model; Regraft restores it into an edited one. Every variable
holds a number of its own, so that the values say where they are from. A call fails if it succeeds
and a variable has a value of another one, if it is refused or leaves a variable as it was though
the truth can be known (identity_truth.py), or if what it suggests, pasted, gives a wrong value.
Each failure is printed with the command that repeats it alone.
"""
import argparse
import collections
import os
import random
import re
import sys
import tempfile
import time
import traceback

for name, value in (("TF_CPP_MIN_LOG_LEVEL", "3"), ("TF_NUM_INTRAOP_THREADS", "1"),
                    ("TF_NUM_INTEROP_THREADS", "1")):
    os.environ.setdefault(name, value)

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

import regraft
from identity_edits import EDITS, Editor, freeze
from identity_models import (IS_KERAS_3, OPTIMIZERS, Built, Maker, clear_session, described,
                             leaves, make_other_layers)
from identity_truth import Source, certain_pairs, of_list, of_tree, with_slots
from oracle import GRAPH_KEY, owners_of_keys

FIRST, TWIN = 1000, 5000  # The numbers in files; those of targets are below zero.
TARGET_KEYWORD = "net"


class Pair:
    """A file, and the plan of an edited model."""

    def __init__(self, seed, number, folder):
        self.rng = rng = random.Random(f"{seed}/{number}")
        self.prefix, self.folder = os.path.join(folder, f"pair-{number}"), folder
        maker = Maker(rng)
        before = maker.model()
        freeze(rng, before)
        self.optimizer = self._some_optimizer(before)
        self.keyword = rng.choice(("model", "model", "model", "net", None))
        self.twin = self.keyword is not None and rng.random() < 0.1
        self._write(before)
        editor = Editor(maker, before)
        self.edits = self._edit(editor)
        self.plan, self.head_resized = editor.plan, editor.head_resized
        freeze(rng, self.plan)
        self.cleared, self.others = rng.random() < 0.6, rng.random() < 0.4

    def _some_optimizer(self, plan):
        if any(leaf.kind == "variable" for leaf, _, _ in leaves(plan)) or self.rng.random() < 0.4:
            return None  # Those of Keras 3 do not take variables of TensorFlow.
        if all(leaf.frozen for leaf, _, _ in leaves(plan)):
            return None
        return self.rng.choice(list(OPTIMIZERS))

    def _write(self, plan):
        clear_session()
        if self.rng.random() < 0.3:
            make_other_layers(self.rng)
        built = Built(plan, self.optimizer)
        self.numbers = built.number(FIRST, 1)
        objects = {}
        if self.optimizer:
            objects["optimizer"] = built.optimizer
        if self.twin:
            other = Built(plan)
            self.foreign = set(other.number(TWIN, 1))
            objects["other"] = other.model
        weights_only = not objects and self.keyword is None
        if weights_only and not IS_KERAS_3 and isinstance(built.model, keras.Model):
            built.model.save_weights(self.prefix)
        elif self.keyword is None:
            tf.train.Checkpoint(built.model, **objects).write(self.prefix)
        else:
            tf.train.Checkpoint(**{self.keyword: built.model}, **objects).write(self.prefix)
        self.source = Source(plan, self.keyword, *self._entries(), self.twin)

    def _entries(self):
        """The full name of each variable that is in the file, and those that a path of the model
        leads to: what Keras 3 keeps from TensorFlow is at most among the optimizer's numbers."""
        reader = tf.train.load_checkpoint(self.prefix)
        full_names, reached = {}, set()
        for key, owners in owners_of_keys(
                trackable_object_graph_pb2.TrackableObjectGraph.FromString(
                    reader.get_tensor(GRAPH_KEY))).items():
            value = reader.get_tensor(key)
            variable = None if isinstance(value, bytes) else self.numbers.get(_first(value))
            if variable is not None:
                full_names[variable] = owners[0]["full_name"]
                if not all(path.startswith("optimizer/_trainable_variables/")
                           for path in owners[0]["paths"]):
                    reached.add(variable)
        return full_names, reached

    def _edit(self, editor):
        done, left_out = [], set()
        for _ in range(self.rng.choice((0, 1, 1, 1, 1, 2, 2))):
            kind = self.rng.choice([kind for kind in EDITS if kind not in left_out])
            what = editor.edit(kind)
            if what:
                done.append(what)
                # One that comes and one that goes are the same as one that is called otherwise.
                left_out |= {"insert": {"delete"}, "delete": {"insert"}}.get(kind, {kind})
        return done

    def target(self, with_optimizer):
        if self.cleared:
            clear_session()
        if self.others:
            make_other_layers(self.rng)
        return Built(self.plan, self.optimizer if with_optimizer else None)

    def __str__(self):
        return (f"keyword {self.keyword}, twin {self.twin}, optimizer {self.optimizer}, "
                f"cleared {self.cleared}, others {self.others}\n"
                f"  file  {described(self.source.plan)}\n  model {described(self.plan)}\n"
                f"  edits {self.edits}")


class Call:
    """One way to restore a pair: `run(**rules)` does it, `keys` are the targets."""

    def __init__(self, name, run, verdict, keys, rules=(), kept=()):
        self.name, self.run, self.verdict, self.rules = name, run, verdict, dict(rules)
        self.keys, self.kept = list(keys), set(kept)  # kept: left out by a rule.

    def must_succeed(self, fits):
        """True if nobody could say that something about it is not known."""
        if self.verdict.unknown & set(self.keys):
            return False
        if self.rules.get("missing") != "keep" and self.verdict.new & set(self.keys):
            return False
        if not any(key in self.verdict.known for key in self.keys):
            return False  # A restore of nothing is refused.
        return "on_shape" in self.rules or all(
            fits(key) for key in self.keys if key in self.verdict.known)


def calls(pair, built, with_slots_built):
    """All calls for a pair; the models are `built` and, with an optimizer, `with_slots_built`."""
    source, plan, path, model = pair.source, pair.plan, pair.prefix, built.model
    weights = [key for key in built.raw]
    policies = [{}, {"missing": "keep"}]
    shapes = [{"missing": "keep", "on_shape": word} for word in ("skip", "pad")]

    def tree(name, run, keyword, rules, **more):
        return Call(name, run, of_tree(source, plan, keyword), more.pop("keys", weights), rules,
                    **more)

    keyword = pair.keyword or "model"
    for rules in policies + (shapes if pair.head_resized else []):
        yield tree("restore(path, model)", lambda **r: regraft.restore(path, model, **r), None,
                   rules)
        for each in dict.fromkeys((keyword, TARGET_KEYWORD)):
            yield tree(f"Checkpoint({each}=model)", lambda each=each, **r: regraft.train.Checkpoint(
                **{each: model}).restore(path, **r), each, rules)
        yield tree("Checkpoint(model)", lambda **r: regraft.train.Checkpoint(model).restore(
            path, **r), None, rules)
        yield tree("restore(path, {keyword: model})", lambda **r: regraft.restore(
            path, {keyword: model}, **r), keyword, rules)
        yield tree("restore(path, tf.train.Checkpoint)", lambda **r: regraft.restore(
            path, tf.train.Checkpoint(**{keyword: model}), **r), keyword, rules)
    yield from list_calls(pair, built, policies)
    heads = [key for leaf, where, _ in leaves(plan) for key in weights
             if key[0] == leaf.uid and (where[-1] == "head" or leaf.name == "head")]
    if heads:
        yield tree("exclude the head", lambda **r: regraft.restore(path, model, **r), None,
                   {"exclude": ["head/**", "**/head/**"], "missing": "keep",
                    "allow_unused_rules": True},
                   keys=[key for key in weights if key not in heads], kept=heads)
    if with_slots_built is not None:
        yield from optimizer_calls(pair, with_slots_built, policies, keyword)
    yield from file_calls(pair, built, policies, keyword)


def list_calls(pair, built, policies):
    path, variables = pair.prefix, built.variables
    part = [key for key in built.trainable if pair.rng.random() < 0.5]
    for name, keys in (("all", list(built.raw)), ("trainable", built.trainable), ("part", part)):
        if not keys:
            continue
        listed = [variables[key] for key in keys]
        for rules in policies:
            verdict = of_list(pair.source, pair.plan, keys)
            yield Call(f"restore(path, variables: {name})", lambda listed=listed, **r:
                       regraft.restore(path, listed, **r), verdict, keys, rules)
            yield Call(f"Checkpoint(variables={name})", lambda listed=listed, **r:
                       regraft.train.Checkpoint(variables=listed).restore(path, **r), verdict,
                       keys, rules)


def optimizer_calls(pair, built, policies, keyword):
    path, model, optimizer = pair.prefix, built.model, built.optimizer
    verdict = of_tree(pair.source, pair.plan, keyword)
    with_slots(verdict, pair.source, [key for key in built.raw if key[2]])
    objects = {keyword: model, "optimizer": optimizer}
    for rules in policies:
        yield Call("Checkpoint(model, optimizer)", lambda **r: regraft.train.Checkpoint(
            **objects).restore(path, **r), verdict, built.raw, rules)
        yield Call("restore(path, {model, optimizer})", lambda **r: regraft.restore(
            path, objects, **r), verdict, built.raw, rules)


def file_calls(pair, built, policies, keyword):
    """From a file into a file of the edited model."""
    into = pair.prefix + "-into"
    built.reset()
    tf.train.Checkpoint(**{keyword: built.model}).write(into)
    verdict = of_tree(pair.source, pair.plan, keyword, from_files=True)
    for rules in policies:
        def run(**r):
            output = pair.prefix + "-output"
            regraft.restore(pair.prefix, into, output=output, overwrite=True, **r)
            owns = {number: key for key, number in built.own.items()}
            values = _values(output)
            for key, value in _values(into).items():
                if _first(value) in owns:
                    built.raw[owns[_first(value)]].assign(values[key])
        stored = {_first(value) for value in _values(into).values()}
        keys = [key for key in built.raw if built.own[key] in stored]
        yield Call("restore(path, into=file)", run, verdict, keys, rules)


def _values(prefix):
    """All that is numbers in a file, by key."""
    reader = tf.train.load_checkpoint(prefix)
    values = {key: reader.get_tensor(key) for key in reader.get_variable_to_dtype_map()}
    return {key: value for key, value in values.items() if not isinstance(value, bytes)}


def _first(value):
    return float(np.ravel(value)[0])


class Count(collections.Counter):
    """What happened, as it is printed at the end."""

    FAILURES = ("wrong values", "refused though known", "kept though known", "changed though "
                "refused", "wrong by suggestions", "other errors")
    ALL = ("pairs", "calls", "succeeded", "refused as it may be", "cannot be known by anybody",
           *FAILURES, "suggestions pasted", "of these the truth", "of these refused",
           "of these one of several")

    def __str__(self):
        return "\n".join(f"{self[name]:8d} {name}" for name in self.ALL)


class Test:
    def __init__(self, seed, verbose, stress):
        self.seed, self.verbose, self.stress = seed, verbose, stress
        self.count = Count()

    def pair(self, number, folder):
        pair = Pair(self.seed, number, folder)
        self.count["pairs"] += 1
        if self.verbose:
            print(pair)
        built = pair.target(False)
        slots = pair.target(True) if pair.optimizer else None
        for each in (built, slots):
            if each is not None:
                each.number(-FIRST, -1)
        for call in calls(pair, built, slots):
            self.call(pair, number, call, slots if any(key[2] for key in call.keys) else built)

    def call(self, pair, number, call, built):
        if call.verdict.misleading:
            self.count["cannot be known by anybody"] += 1
            return
        self.count["calls"] += 1

        def fail(kind, what):
            self.count[kind] += 1
            print(f"{kind}: {call.name} {call.rules or ''}: {what}\n"
                  f"  test_identity.py --seed {self.seed} --only {number}  "
                  f"# Keras {keras.__version__}, {pair.edits}", flush=True)

        built.reset()
        fits = self._fits(pair, built)
        error = self._run(call, call.rules, fail)
        held = built.held()
        if error is not None:
            if any(held[key] != {built.own[key]} for key in built.raw):
                fail("changed though refused", first_line(error))
            if call.must_succeed(fits):
                fail("refused though known", first_line(error))
            else:
                self.count["refused as it may be"] += 1
            if self.verbose:
                print(f"{call.name} {call.rules}\n{error}")
            self._paste(pair, call, built, error, fail)
            return
        self.count["succeeded"] += 1
        wrong = self._wrong(pair, call, built, held, call.rules)
        if wrong:
            fail("wrong values", wrong)
        kept = [key for key in call.keys if key in call.verdict.known and fits(key) and
                held[key] == {built.own[key]}]
        if kept and not wrong:
            fail("kept though known", kept)

    def _run(self, call, rules, fail):
        try:
            call.run(**rules)
        except regraft.RegraftError as error:
            return error
        except Exception:
            fail("other errors", traceback.format_exc())
        return None

    @staticmethod
    def _fits(pair, built):
        shapes = {key: tuple(variable.shape) for key, variable in built.raw.items()}
        stored = {leaf.uid: leaf for leaf, _, _ in leaves(pair.source.plan)}

        def fits(key):
            if key[0] not in stored:
                return True
            here = next(leaf for leaf, _, _ in leaves(pair.plan) if leaf.uid == key[0])
            return stored[key[0]].width == here.width or not shapes[key]
        return fits

    @staticmethod
    def _wrong(pair, call, built, held, rules):
        """Variables with values that are not theirs."""
        of = {key: number for number, key in pair.numbers.items()}
        wrong = {}
        for key, values in held.items():
            fine = {built.own[key]}
            if key not in call.kept and key in call.keys:
                fine.add(of.get(key))
                if rules.get("on_shape", "").startswith("pad"):
                    fine.add(0)
            if values - fine:
                wrong[key] = [pair.numbers.get(value, value) for value in values - fine]
        return wrong

    def _paste(self, pair, call, built, error, fail):
        """What a refusal suggests, as a person would paste it."""
        offers = offered(error) if self.stress else offered(error)[:1]
        several = error.slug == "select/ambiguous" or len(error.suggestions) > 1 and re.search(
            r"\b(equally|sure|either)\b", str(error))
        for offer in offers:
            built.reset()
            self.count["suggestions pasted"] += 1
            rules = {**call.rules, "missing": "keep", **offer}
            if self._run(call, rules, fail) is not None:
                self.count["of these refused"] += 1
                continue
            wrong = self._wrong(pair, call, built, built.held(), rules)
            if not wrong:
                self.count["of these the truth"] += 1
            elif several:
                self.count["of these one of several"] += 1  # And it is offered as such.
            else:
                fail("wrong by suggestions", f"{offer} {wrong}")


def offered(error):
    """As arguments: the maps of an error, then what its text has for Python. Not `identity`,
    which takes weak evidence for sure: a person who says so is not promised the truth."""
    offers = [{"map": each} for each in error.suggestions if set(each) != {"name"}]
    for line in str(error).splitlines():
        if line.split()[:1] == ["python"]:
            for part in re.split(r" or (?=\w+=)", line.split(None, 1)[1]):
                offer = eval(f"dict({part})")
                if offer not in offers and "identity" not in offer:
                    offers.append(offer)
    return offers


def check_the_truth():
    """The examples by which the rule is explained."""
    def pairs(left, right):
        return certain_pairs(left, right, lambda a, b: 2 if a == b else int(a[0] == b[0]))
    assert pairs("aaa", "aaa") == [(0, 0), (1, 1), (2, 2)]
    assert pairs("aaa", "aaaa") == pairs("aaa", "aa") == pairs("ab", "ba") == []
    assert pairs("ab", "aab") == [(1, 2)]
    assert pairs(["a", "b", "c10"], ["a", "b", "c5"]) == [(0, 0), (1, 1), (2, 2)]
    assert pairs(["c10", "c5"], ["c5"]) == [(1, 0)]


def first_line(error):
    return str(error).splitlines()[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one pair, with all that is said")
    parser.add_argument("--stress", action="store_true",
                        help="paste all that errors suggest, and not only the first")
    given = parser.parse_args()
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}, seed {given.seed}")
    check_the_truth()
    test, begun = Test(given.seed, given.only is not None, given.stress), time.monotonic()
    for number in [given.only] if given.only is not None else range(given.pairs):
        with tempfile.TemporaryDirectory() as folder:
            test.pair(number, folder)
    print(test.count)
    print(f"{time.monotonic() - begun:.0f} seconds")
    return 1 if any(test.count[name] for name in Count.FAILURES) else 0


if __name__ == "__main__":
    sys.exit(main())
