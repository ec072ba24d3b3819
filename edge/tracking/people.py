"""One person who is followed."""

import msgspec

from edge.inputs import Box
from edge.tracking.motion import Body, Spread


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed person measured on the floor at one moment."""

    track: int
    at: float  # CLOCK_MONOTONIC, s
    x: float  # floor m, filtered
    y: float
    spread: Spread
    since: float  # s from the same camera's sighting before; 0 for its first


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one person."""

    track: int  # given once
    body: Body
    tall: float  # m: the stature as known so far
    tall_var: float  # m²
    box: Box  # as last seen by whichever camera that was
    slim: float  # width over height of the boxes so far
    seen: float  # s: when last measured
    last_x: float  # floor m: where that was
    last_y: float
    hits: int  # sure boxes so far
    looked: float  # s: when a camera that could have seen them last looked
    looks: int  # such looks so far, the first among them
    absent: float  # s: for how long they should have shown since `seen`, had they been there
    first: float  # s: when first measured
    confirmed: bool = False  # told to the outside
    past: tuple[Fix, ...] = ()  # of somebody not confirmed yet
