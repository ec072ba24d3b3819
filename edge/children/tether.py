"""Runs a command that ends when its parent does, however the parent ends: tether.py PARENT_PID COMMAND..."""

import ctypes
import os
import signal
import sys

# prctl(2); the kernel keeps it across execve and sends the signal even to a stopped process. It fires when the
# parent's *thread* that forked ends, so that thread must live as long as the child.
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent where the system can, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit("the parent is gone")
    try:
        os.execvp(command[0], command)  # noqa: S606 the command is the node's own, never input
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
