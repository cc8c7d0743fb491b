"""The command: ``regraft`` and ``python -m regraft``."""

import os
import sys


def main() -> None:
    command = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "regraft")
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
