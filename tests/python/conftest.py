"""What the tests of the Python package share."""
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def examples():
    """Real TensorFlow checkpoints: ``keras2/…`` and ``keras3/…`` (examples/data/README.md)."""
    return ROOT / "examples" / "data"


@pytest.fixture(scope="session")
def corpus():
    """Real checkpoints of many programs (tests/corpus)."""
    return pathlib.Path(os.environ.get("REGRAFT_CORPUS", ROOT / "tests" / "corpus" / "data"))
