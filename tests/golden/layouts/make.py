"""Writes keras.safetensors and torch.safetensors: layers of Keras with random weights, and the
weights of torch's modules that compute the same, to 1e-5, on the same input. C++ tests compare
bytes, and need neither.

usage: KERAS_BACKEND=torch python tests/golden/layouts/make.py   (with regraft, keras and torch)
"""
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "python"))

import keras  # noqa: E402
import regraft  # noqa: E402
import test_layouts as layouts  # noqa: E402
import torch  # noqa: E402

AUTOMATIC = keras.src.utils.naming.to_snake_case


def main():
    keras_arrays, torch_arrays = {}, {}
    kinds = [(make, axes, module) for make, axes, module in layouts.CONVOLUTIONS]
    kinds += [(make, 0, module) for make, module in layouts.FEATURES]
    kinds += [(make, "time", module) for make, module in layouts.RECURRENT]
    scratch = HERE / "scratch.safetensors"
    for number, (make, axes, module) in enumerate(kinds):
        layer = make()
        shape = (2, 6, 4) if axes == "time" else (*layouts.SPATIAL[axes], 4) if axes else (3, 4)
        x = layouts.numbers(shape)
        layer(x)
        layouts.saved(scratch, layer)
        net = layouts.Net(l=module())
        regraft.restore(scratch, net, layout="keras->torch")
        scratch.unlink()
        given = layouts.channels_first(x).copy() if axes in (1, 2, 3) else x
        found = net.l(torch.from_numpy(given))
        found = (found[0] if isinstance(found, tuple) else found).detach().numpy()
        expected = keras.ops.convert_to_numpy(layer(x))
        if axes in (1, 2, 3):
            expected = layouts.channels_first(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        name = f"{AUTOMATIC(type(layer).__name__)}_{number}"
        for variable in layer.weights:
            if not variable.path.endswith("seed_generator_state"):
                keras_arrays[name + variable.path[1:]] = keras.ops.convert_to_numpy(variable)
        for own, tensor in net.l.state_dict().items():
            torch_arrays[f"{name}.{own}"] = tensor.numpy()
    regraft.save(HERE / "keras.safetensors", keras_arrays, overwrite=True)
    regraft.save(HERE / "torch.safetensors", torch_arrays, overwrite=True)


if __name__ == "__main__":
    main()
