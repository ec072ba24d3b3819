"""How well a node sees: its own detector and tracker against footage whose truth is known."""

import argparse

from edge.score.arguments import add_arguments

__all__ = ["add_arguments", "command"]


def command(args: argparse.Namespace) -> int:
    """Run `aisle-edge score` with what `add_arguments` asked for; the exit status, 2 for input that is no use."""
    from edge.score import program  # it loads OpenCV and onnxruntime

    return program.command(args)
