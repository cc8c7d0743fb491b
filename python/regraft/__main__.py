"""The command: ``regraft`` and ``python -m regraft``."""

import os
import signal
import sys


def main() -> None:
    """Becomes the command, with this process's arguments. Does not return."""
    command = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "regraft")
    # Python ignores these for itself, and what is ignored stays so in the command.
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
