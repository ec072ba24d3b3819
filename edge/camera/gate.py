"""Whether anything moved since the detector last looked: a picture in which nothing did shows the same people.

A running average of a small grey picture is the scene at rest (C. Wren et al., "Pfinder: real-time tracking of the
human body", PAMI 19, 1997, section 3, without colours); what differs from it by more than each place's own noise,
over an area that a person's limb could cover, moved.
"""

import enum
import math
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Real: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

WIDTH: Final = 192  # px of the small picture: a person of 25 px in the net's input is 15 px tall here
TALLEST: Final = 4 * WIDTH  # px of it: no camera's picture is taller, and what a broken stream claims may be thousands
SETTLES_S: Final = 3.0  # somebody who stands still for so long becomes part of the scene at rest
LEARNS_S: Final = 20.0  # in which a place's noise is learnt: a screen that flickers has more of it than a wall
LOUDER: Final = 5.0  # times its noise: once in two million for a Gaussian, whatever the sensor's gain
LEAST: Final = 6.0  # levels of 255: a codec's blocks jump by less, and a grey coat on a grey wall differs by more
NOISIEST: Final = 20.0  # levels: no place becomes so noisy that somebody who waves there for long is not seen
TWICE: Final = math.sqrt(2)  # two single pictures differ by so much more noise than one does from the average
CELL: Final = 4  # px: an area of so many squared is a far person's arm,
FILLED: Final = 0.5  # of which so much must differ, so that single pixels never count
# Of the picture: no person moves so much of it at once, so the light changed, or the camera was moved.
LIGHT: Final = 0.6
# A look confirms the boxes before the tracker gives anybody up (2.5 s): one unlucky look ends nobody's track, and
# a box that was none stays no longer than a person who went out of sight.
CONFIRMS_S: Final = 2.0
# Nobody was seen: somebody who came in without opening the gate is found after so long.
EMPTY_S: Final = 5.0


class Verdict(enum.Enum):
    """What the detector must do with a picture."""

    LOOK = enum.auto()  # something moved, or nothing is known yet
    LIGHT = enum.auto()  # so much changed at once that it was the light; look, and take this as the scene at rest
    CONFIRM = enum.auto()  # nothing moved, but the last look is old
    REST = enum.auto()  # the last look's boxes hold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gate:
    """The scene at rest, as learnt so far; never changed in place."""

    at: float  # the last picture, s
    rest: Real  # [h, w], the running average
    noise: Real  # [h, w], the mean absolute deviation from it, levels
    seen: Real  # [h, w], the picture at the detector's last look
    looked_at: float
    moved: Flags  # [h, w], what moved before the last picture; everything where nobody can tell


def small(image: NDArray[np.uint8]) -> Real:
    """A BGR picture [H, W, 3] as a small grey one, for `look`; smoothed, as noise is not motion."""
    height = min(max(1, round(image.shape[0] * WIDTH / image.shape[1])), TALLEST)
    grey = cv2.cvtColor(cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.blur(grey, (3, 3)), np.float32)


def look(gate: Gate | None, picture: Real, at: float, *, shown: Flags, anybody: bool) -> tuple[Gate, Verdict]:
    """The gate after a picture taken at `at`, and what to do with that.

    `shown` [h, w] are the pixels that count; `anybody` is whether the last look found somebody. The caller looks at
    every picture that is not to REST.
    """
    if gate is None or gate.rest.shape != picture.shape or at < gate.at:
        return _begun(picture, at), Verdict.LOOK
    bound = np.maximum(LEAST, LOUDER * gate.noise)
    away = picture - gate.rest
    if ((np.abs(away) > bound) & shown).sum() > LIGHT * max(1, shown.sum()):
        return replace(_begun(picture, at), noise=gate.noise), Verdict.LIGHT
    away = _levelled(away, shown)
    moved = (np.abs(away) > bound) & shown
    # A slow walker becomes part of the average on the way; the picture of the last look does not forget.
    crept = (np.abs(_levelled(picture - gate.seen, shown)) > TWICE * bound) & shown
    after = _learnt(gate, picture, away, at)
    after = replace(after, moved=moved | crept)
    if _fills(moved) or _fills(crept):
        verdict = Verdict.LOOK
    elif at - gate.looked_at >= (CONFIRMS_S if anybody else EMPTY_S):
        verdict = Verdict.CONFIRM
    else:
        return after, Verdict.REST
    return replace(after, seen=picture, looked_at=at), verdict


def _levelled(away: Real, shown: Flags) -> Real:
    """A difference without what all of the picture shares: an exposure that drifts moves nobody."""
    return away - np.float32(np.median(away[shown])) if shown.any() else away


def _begun(picture: Real, at: float) -> Gate:
    noise = np.full_like(picture, LEAST / LOUDER)
    return Gate(
        at=at, rest=picture, noise=noise, seen=picture, looked_at=at, moved=np.ones(picture.shape, dtype=np.bool_)
    )


def _learnt(gate: Gate, picture: Real, away: Real, at: float) -> Gate:
    """The scene at rest drawn towards the picture, and the noise towards how much that differs."""
    elapsed = at - gate.at
    settle, learn = 1 - math.exp(-elapsed / SETTLES_S), 1 - math.exp(-elapsed / LEARNS_S)
    deviation = np.minimum(np.abs(away), NOISIEST / LOUDER)
    noise = gate.noise + np.float32(learn) * (deviation - gate.noise)
    return replace(
        gate,
        at=at,
        rest=gate.rest + np.float32(settle) * (picture - gate.rest),
        noise=noise.astype(np.float32, copy=False),
    )


def _fills(moved: Flags) -> bool:
    """Whether what moved fills enough of one cell."""
    if not moved.any():
        return False
    share = cv2.blur(moved.astype(np.float32), (CELL, CELL))
    return bool(share.max() >= FILLED)
