"""The recipes of docs/converting.md run as they stand there: the commands, then the Python, which
write the same."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import regraft

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")
if keras.__version__.startswith("2"):
    pytest.skip("Keras 3 runs beside torch", allow_module_level=True)

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "converting.md"
RANDOM = np.random.default_rng(3)
V1 = "tensorflow__tensorboard/08bb2c014af1/tensorboard/functionaltests/testdata/model.ckpt-1-00000-of-00001"


def recipes():
    """(heading, commands, programs) of each section that has any."""
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading, text = section.split("\n", 1)
        blocks = {kind: re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
                  for kind in ("sh", "python")}
        if any(blocks.values()):
            yield heading, blocks["sh"], blocks["python"]


RECIPES = list(recipes())


def numbers(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def make_model():
    model = keras.Sequential([
        keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
        keras.layers.Flatten(name="flat"), keras.layers.Dense(7, name="head")], name="net")
    for variable in model.weights:
        variable.assign(numbers(*variable.shape))
    return model


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(144, 7)

    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(1))


def predictions(model, module):
    x = numbers(2, 8, 8, 3)
    with torch.no_grad():
        found = module(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    return found, np.asarray(keras.ops.convert_to_numpy(model(x)))


def write_web(folder):
    """A model of TensorFlow.js in two files, cut inside a tensor."""
    folder.mkdir()
    w, b = numbers(3, 5), np.arange(4, dtype=np.int32)
    data = w.tobytes() + b.tobytes()
    (folder / "a.bin").write_bytes(data[:30])
    (folder / "b.bin").write_bytes(data[30:])
    (folder / "model.json").write_text("""{"weightsManifest": [{"paths": ["a.bin", "b.bin"],
        "weights": [{"name": "d/kernel", "shape": [3, 5], "dtype": "float32"},
                    {"name": "d/count", "shape": [4], "dtype": "int32"}]}]}""")


def write_bert(path):
    width, arrays = 8, {}
    for name, rows in (("word", 30), ("position", 9), ("token_type", 2)):
        arrays[f"bert/embeddings/{name}_embeddings"] = numbers(rows, width)

    def norm(name):
        for part in "gamma", "beta":
            arrays[f"{name}/LayerNorm/{part}"] = numbers(width)

    def dense(name, rows, columns):
        arrays[f"{name}/kernel"], arrays[f"{name}/bias"] = numbers(rows, columns), numbers(columns)

    norm("bert/embeddings")
    layer = "bert/encoder/layer_0"
    for part in "query", "key", "value":
        dense(f"{layer}/attention/self/{part}", width, width)
    dense(f"{layer}/attention/output/dense", width, width)
    norm(f"{layer}/attention/output")
    dense(f"{layer}/intermediate/dense", width, 16)
    dense(f"{layer}/output/dense", 16, width)
    norm(f"{layer}/output")
    dense("bert/pooler/dense", width, width)
    regraft.save(path, arrays)


@pytest.fixture
def given(tmp_path, monkeypatch, corpus):
    """What the page says that one has."""
    monkeypatch.chdir(tmp_path)
    model, module = make_model(), Module()
    model.save("model.keras")
    model.save("model.h5")
    model.save_weights("model.weights.h5")
    torch.save(module.state_dict(), "module.pt")
    shutil.copyfile(corpus / V1, "old.ckpt")
    np.savez("arrays.npz", **{"a/b": numbers(3, 2), "c": np.arange(4)})
    regraft.save("ckpt", {"net/w": numbers(40, 40), "net/b": numbers(40), "steps": np.int64(3),
                          "net/w/Adam": numbers(40, 40), "net/w/Adam_1": numbers(40, 40)})
    regraft.save("hub/all", {f"layers.{i}.weight": numbers(30, 10) for i in range(4)})
    regraft.copy("hub/all", "hub/model.safetensors", max_shard_bytes=3000)
    write_web(tmp_path / "web")
    write_bert("bert_model.ckpt")
    return {"regraft": regraft, "model": model, "module": module}


def written():
    """The tensors of all that is in the folder of results."""
    out = {}
    for path in sorted(pathlib.Path("out").iterdir()):
        if ".data-" in path.name or re.search(r"-\d+-of-", path.name):
            continue
        file = regraft.open(path)
        out[path.name] = {t.name: (t.tf_dtype, t.shape, t.read().tobytes()) for t in file.values()}
        assert regraft.verify(file).ok and out[path.name]
    return out


def run_commands(text):
    bin_folder = pathlib.Path("bin")
    bin_folder.mkdir(exist_ok=True)
    program = bin_folder / "regraft"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m regraft "$@"\n')
    program.chmod(0o755)
    path = f"{bin_folder.resolve()}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(["sh", "-euc", text], capture_output=True, text=True, check=False,
                         env={**os.environ, "PATH": path})
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("heading, commands, programs", RECIPES, ids=[r[0] for r in RECIPES])
def test_a_recipe_runs_and_both_ways_write_the_same(given, heading, commands, programs):
    for text in commands:
        run_commands(text)
    by_command = written()
    shutil.rmtree("out")
    for text in programs:
        exec(compile(text, f"{PAGE.name}: {heading}", "exec"), given)
    assert written() == by_command


def test_what_goes_between_frameworks_predicts_the_same(given):
    """By the live objects that the page fills."""
    (program,) = [p for h, _, programs in RECIPES if h == "Keras to torch" for p in programs
                  if ", module, " in p]
    exec(compile(program, "Keras to torch", "exec"), given)
    found, expected = predictions(given["model"], given["module"])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
    fresh, module = make_model(), given["module"]
    torch.save(Module().state_dict(), "module.pt")
    module.load_state_dict(torch.load("module.pt"))
    given["model"] = fresh
    (program,) = [p for h, _, programs in RECIPES if h == "torch to Keras" for p in programs
                  if ", model, " in p]
    exec(compile(program, "torch to Keras", "exec"), given)
    found, expected = predictions(fresh, module)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_table_leads_to_every_recipe():
    """A link of the table for each section with commands, and no other."""
    def anchor(heading):
        return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")

    links = re.findall(r"\]\(#([^)]+)\)", PAGE.read_text())
    assert sorted(links) == sorted(anchor(heading) for heading, _, _ in RECIPES)
    assert len(RECIPES) >= 9
