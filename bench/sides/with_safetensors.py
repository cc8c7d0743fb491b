"""The same asked of the safetensors library: with_safetensors.py load PATH"""

from asked import Work, answer_each_line, first_elements
from safetensors.numpy import load_file


def load(path):
    return Work(lambda: load_file(path),
                lambda read: first_elements(array for _, array in sorted(read.items())))


if __name__ == "__main__":
    answer_each_line({"load": load})
