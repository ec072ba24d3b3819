"""How right a live count is: the node's crossings against those that a person saw and clicked."""

import argparse

from edge.audit.arguments import add_arguments

__all__ = ["add_arguments", "command"]


def command(args: argparse.Namespace) -> int:
    """Run `aisle-edge audit` with what `add_arguments` asked for; the exit status, 2 for input that is no use."""
    from edge.audit import program

    return program.command(args)
