"""What `aisle-edge calibrate` is asked; apart from the command, so that help loads no numbers."""

import argparse
import re
from pathlib import Path
from typing import NamedTuple


class Size(NamedTuple):
    """A picture's size, px."""

    width: int
    height: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `command` takes."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--plan", type=Path, metavar="FILE", help="a store's plan (JSON), with --camera")
    source.add_argument(
        "--pairs", type=Path, metavar="FILE", help="pairs as CSV with the header u,v,x,y (with --size) or as TOML"
    )
    parser.add_argument("--camera", metavar="ID", help="the plan's camera")
    parser.add_argument("--size", type=_size, metavar="WxH", help="the calibrated picture's size in pixels")


def _size(text: str) -> Size:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text}: allowed is WIDTHxHEIGHT in pixels, as 1280x720")
    return Size(width=int(found[1]), height=int(found[2]))
