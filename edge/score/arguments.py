"""What `aisle-edge score` is asked; apart from the command, so that help needs no detector."""

import argparse
from pathlib import Path

from edge.score.span import Span
from edge.score.units import METRES
from edge.typed import number

ABOUT = """\
The node's own detector, tracker and counting are run over the file as fast as the machine can, and judged by the
truth. A table goes to the standard error; the last line of the standard output is one JSON object.

The truth speaks for the frames from its first to its last box, or for those that --frames names; where it has only
every 20th frame, say, only these are judged. Persons with conf 0 and classes like persons (2, 7, 8 and 12: people on
vehicles or who never move, mannequins, reflections) are set aside: whoever finds them is neither right nor wrong.

A folder of MOTChallenge (seqinfo.ini, img1/, gt/gt.txt) is taken as it is; any other one of numbered pictures needs
--fps. A file whose pictures change their size is seen as if all had the first one's, for OpenCV scales them unasked.

Lines and zones are a TOML file:  [[line]] id = "door", a = [x, y], b = [x, y]
                                  [[zone]] id = "shelf", polygon = [[x, y], …]
in metres of the homography's floor or, with unit = "px" above them, in pixels at people's feet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `command` takes."""
    parser.description, parser.formatter_class = ABOUT, argparse.RawDescriptionHelpFormatter
    parser.add_argument("video", type=Path, metavar="VIDEO", help="a video file, or a folder of pictures")
    truth = parser.add_argument_group("the truth")
    truth.add_argument("--truth", type=Path, metavar="GT.txt", help="MOTChallenge text (default VIDEO/gt/gt.txt)")
    truth.add_argument(
        "--first-frame", type=int, choices=(0, 1), default=1, help="its number of the video's first frame"
    )
    truth.add_argument("--frames", type=_frames, metavar="A-B", help="the frames that it speaks for, the first is 1")
    truth.add_argument("--floor", type=Path, metavar="FILE", help="lines and zones (TOML) to count by")
    truth.add_argument("--places", type=Path, metavar="FILE", help="exact places, CSV: frame,id,x,y in metres")
    seen = parser.add_argument_group("how the node looks")
    floor = seen.add_mutually_exclusive_group()
    floor.add_argument("--homography", type=Path, metavar="FILE", help="3 x 3 numbers, pixels to floor metres")
    floor.add_argument(
        "--pairs",
        type=Path,
        metavar="FILE",
        help="or point pairs as CSV (u,v,x,y) or TOML, as `aisle-edge calibrate` takes them: from six on with the lens",
    )
    seen.add_argument("--unit", choices=METRES, default="m", help="of the homography's floor, if not metres")
    seen.add_argument(
        "--model",
        choices=("int8", "fp16"),
        default="int8",
        help="which detector (default int8; fp16 has its weights in 16 bits and computes in 32, the full precision)",
    )
    seen.add_argument("--rate", type=_positive, metavar="N", help="look at N frames a second only (default all)")
    seen.add_argument("--fps", type=_positive, metavar="N", help="of the video, where what it says itself is wrong")
    seen.add_argument("--gate", action="store_true", help="let the detector rest while nothing moves, as a node does")
    out = parser.add_argument_group("what is written")
    out.add_argument("--out", type=Path, metavar="FILE", help="the tracks, as MOTChallenge text")
    out.add_argument("--report", type=Path, metavar="FILE", help="the table, as plain text")


def _positive(text: str) -> float:
    value = number(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: allowed are numbers above 0, at most 1000")
    return value


def _frames(text: str) -> Span:
    first, mark, last = text.partition("-")
    if not (mark and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
        raise argparse.ArgumentTypeError(f"{text}: wanted are two frames such as 1-795")
    return Span(first=int(first), last=int(last))
