"""``tf.train``'s names, doing what they say.

Replace ``tf.train.`` by ``regraft.train.`` in a program, and its selective restore restores
what was asked, or says why it cannot. Nothing here needs TensorFlow; the objects may be of
any framework.
"""

from ._checkpoint import Checkpoint
from ._manager import CheckpointManager
from ._reading import (
    CheckpointReader,
    init_from_checkpoint,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_variable,
)
from ._status import RestoreStatus

__all__ = [
    "Checkpoint", "CheckpointManager", "CheckpointReader", "RestoreStatus",
    "init_from_checkpoint", "latest_checkpoint", "list_variables", "load_checkpoint",
    "load_variable",
]
