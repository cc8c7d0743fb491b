"""What a Python program asks of Regraft: in_python.py WORK PATH [ARGUMENT ...]"""

import numpy as np

import regraft
from asked import Work, answer_each_line, first_elements, listed, some

ENDING = "/.ATTRIBUTES/VARIABLE_VALUE"


def names_of(path):
    return [key.removesuffix(ENDING) for key in regraft.open(path)]


def read_all(path):
    return Work(lambda: regraft.open(path).read_all(),
                lambda read: first_elements(read.values()))


def mmap_all(path):
    return Work(lambda: regraft.open(path).mmap_all(verify=True),
                lambda mapped: first_elements(mapped.values()))


def read_some(path, wanted):
    names = some(names_of(path), int(wanted))

    def do():
        file = regraft.open(path)
        return [file[name].read() for name in names]

    return Work(do, first_elements)


def list_all(path):
    return Work(lambda: regraft.open(path).shapes(), listed)


def restore_into(path):
    """Arrays that are there, and touched."""
    arrays = {name: np.ones(tensor.shape, tensor.dtype)
              for name, tensor in zip(names_of(path), regraft.open(path).values())}

    def reset():
        for array in arrays.values():
            array.flat[0] = 1

    return Work(lambda: regraft.restore(path, arrays), lambda _: first_elements(arrays.values()),
                reset)


def restore_live(path, kind, size):
    import live

    return live.restoring(kind, size, path, regraft.restore)


if __name__ == "__main__":
    answer_each_line({"read-all": read_all, "mmap-all": mmap_all, "read-some": read_some,
                      "list": list_all, "restore-into": restore_into,
                      "restore-live": restore_live})
