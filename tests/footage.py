"""Where the real footage and its truth lie, for the tests that use them when they are at hand."""

import gzip
import os
import shutil
from pathlib import Path

import pytest

# Debian's package opencv-doc; the footage itself is (c) University of Reading, free for research.
PACKAGED = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
TRUTH = Path(__file__).parents[2] / "shared" / "data" / "pets09"


def pets_truth() -> Path:
    """PETS09-S2L1's boxes in MOTChallenge text; the calling test is skipped when they are not at hand."""
    if not (TRUTH / "gt.txt").is_file():
        pytest.skip("the truth of PETS09-S2L1 is not beside the project (shared/data/pets09)")
    return TRUTH / "gt.txt"


def pets_homography() -> Path:
    """Its matrix from pixels to floor metres."""
    return pets_truth().with_name("homography_px_to_m.txt")


def pets_video(folder: Path) -> Path:
    """PETS09-S2L1's video, unpacked in `folder` if need be; the calling test is skipped when it is not at hand."""
    named = os.environ.get("AISLE_PETS_VIDEO")
    if named is not None:
        return Path(named)
    if PACKAGED.is_file():
        return PACKAGED
    packed = PACKAGED.with_suffix(".avi.gz")
    if not packed.is_file():
        pytest.skip("no PETS09-S2L1 video: install Debian's opencv-doc or set AISLE_PETS_VIDEO")
    with gzip.open(packed) as source, (folder / "vtest.avi").open("wb") as target:
        shutil.copyfileobj(source, target)
    return folder / "vtest.avi"
