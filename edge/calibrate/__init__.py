"""Calibrates a camera: pairs of picture points and floor points to a floor whose error is known.

`aisle-edge calibrate` is its command; `calls.calibrated` is what an editor asks while somebody moves the points.
"""

import argparse

from edge.calibrate.arguments import add_arguments

__all__ = ["add_arguments", "command"]


def command(arguments: argparse.Namespace) -> int:
    """Run `aisle-edge calibrate`; the exit status."""
    from edge.calibrate import program

    return program.run(arguments)
