"""Lets Regraft and a framework work in one process, each with its own libraries.

Usage: one_process.py PREFIX ORDER FRAMEWORK

ORDER says when Regraft's library is loaded: "before" the framework, "after" it, or "after, all
names shared", where the framework's libraries show all their names to the process.
"""
import hashlib
import importlib
import os
import pathlib
import sys
import tempfile

KEY = "model/base_layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE"


def work_of_framework(framework, prefix):
    """Computes something. The bytes of KEY, if the framework reads checkpoints."""
    if framework.__name__ == "torch":
        assert float(framework.ones(8).sum()) == 8
        return None
    if framework.__name__ == "jax":
        assert float(framework.numpy.ones(8).sum()) == 8
        return None
    assert float(framework.reduce_sum(framework.ones([8]))) == 8
    assert framework.strings.regex_replace("aab", "a+", "c").numpy() == b"cb"
    return framework.train.load_checkpoint(prefix).get_tensor(KEY).tobytes()


def work_of_regraft(prefix):
    """Uses each library that comes along: checksums, patterns, digests, map files."""
    import numpy as np

    import regraft

    with regraft.open(prefix) as file:
        kernel = file[KEY]
        raw = np.asarray(kernel).tobytes()
        assert kernel.sha256() == hashlib.sha256(raw).hexdigest()
        target = {"chosen/a0/kernel": np.zeros(kernel.shape, np.float32)}
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "map.toml")
        rules.write_text('[map]\n"model/base_layers/0/" = "chosen/a0/"\n')
        report = regraft.restore(prefix, target, include_regex="a[0-9]+/(kernel|bias)$", map=rules)
    assert report.restored == list(target)
    assert target["chosen/a0/kernel"].tobytes() == raw
    try:
        regraft.open(prefix + "-none")
    except FileNotFoundError as error:
        assert error.slug
    return raw


def main():
    prefix, order, name = sys.argv[1:]
    if order == "before":
        importlib.import_module("regraft._core")
    if order == "after, all names shared":
        sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
    framework = importlib.import_module(name)
    first, raw = work_of_framework(framework, prefix), work_of_regraft(prefix)
    again = work_of_framework(framework, prefix)
    assert {first, again} <= {None, raw}
    print("done")


if __name__ == "__main__":
    main()
