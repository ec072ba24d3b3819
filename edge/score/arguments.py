"""What `aisle-edge score` is asked; apart from the command, so that help needs no detector."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `command` takes."""
    parser.add_argument("video", type=Path, metavar="VIDEO", help="a video file")
    parser.add_argument("--truth", type=Path, required=True, metavar="GT.txt", help="MOTChallenge text")
    parser.add_argument("--homography", type=Path, metavar="FILE", help="3 x 3 numbers, pixels to floor metres")
    parser.add_argument("--model", choices=("int8", "fp16"), default="int8", help="which detector (default int8)")
    parser.add_argument("--rate", type=_positive, metavar="N", help="look at N frames a second only (default all)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tracks as MOTChallenge text")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: allowed are numbers above 0, at most 1000")
    return value
