"""A walking person as solid parts in the store's metres: joints from the gait, limbs between joints."""

import math
from dataclasses import dataclass

from firmware_sim.camera.optics import Vector
from firmware_sim.town.people import Body, Colour, Look

_CYCLE_M = 1.35
"""Metres walked in one gait cycle (two steps), usual for adults at 1.2 m/s."""
_NECK = 0.86
"""Where the head begins, in an adult's heights."""
_BIG = 1.42
"""A child's head is so much larger, against its body, than an adult's: five and a half heads, not seven and a half."""
_SMALL = _NECK + (1 - _NECK) * _BIG
"""How tall a body with such a head is, in the heights of what it would be with an adult's."""
_GROWN_M = 1.7
"""The height that the gait cycle is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A convex solid: the hull of balls."""

    centres: tuple[Vector, ...]  # m
    radii: tuple[float, ...]  # m, one for each centre
    colour: Colour
    gloss: int  # how much lighter its lit side is, 0–255


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The body's own axes in the store, and what its parts share."""

    foot: Vector
    ahead: Vector
    size: float  # the body's height, m
    girth: float  # 1 is usual
    swing: float  # 0 stands … 1 walks
    bob: float  # how much the trunk is above its usual height now, in body heights
    head: float  # 1 is an adult's, against the body
    reach: float  # 0 … 1 one arm stretched out
    look: Look

    def at(self, ahead: float, aside: float, up: float) -> Vector:
        """A place given in body heights from the point between the feet."""
        return Vector(
            self.foot.x + self.size * (ahead * self.ahead.x - aside * self.ahead.y),
            self.foot.y + self.size * (ahead * self.ahead.y + aside * self.ahead.x),
            self.size * up,
        )


def parts(body: Body) -> tuple[Part, ...]:
    """The solids of a body, limbs first; lengths after the usual proportions of adults, in body heights."""
    look, swing = body.look, body.pace / 100
    size = look.height_mm / 1000 / (_SMALL if look.child else 1)
    phase = math.tau * body.walked_mm / 1000 / (_CYCLE_M * size / _GROWN_M if look.child else _CYCLE_M)
    frame = _Frame(
        foot=Vector(body.at.x / 1000, body.at.y / 1000, 0.0),
        ahead=Vector(body.facing.x / 1000, body.facing.y / 1000, 0.0),
        size=size,
        girth=look.girth / 100,
        swing=swing,
        bob=0.008 * swing * math.cos(2 * phase),
        head=_BIG if look.child else 1.0,
        reach=body.reach / 100,
        look=look,
    )
    limbs: list[Part] = []
    for hand, beat in ((-1, phase), (1, phase + math.pi)):
        limbs.extend(_leg(frame, hand, beat))
    for hand, beat in ((-1, phase + math.pi), (1, phase)):
        limbs.extend(_arm(frame, hand, beat))
    return (*limbs, *_trunk(frame), *_head(frame))


def _part(centres: list[Vector], radii: list[float], colour: Colour, size: float, gloss: int = 34) -> Part:
    return Part(centres=tuple(centres), radii=tuple(radius * size for radius in radii), colour=colour, gloss=gloss)


def _leg(frame: _Frame, hand: int, beat: float) -> tuple[Part, Part, Part]:
    girth, swing, look = frame.girth, frame.swing, frame.look
    # Who stands has one foot a little before the other.
    thigh = 0.42 * swing * math.sin(beat) + (1 - swing) * 0.09 * hand
    bend = swing * (0.12 + 0.75 * max(0.0, math.cos(beat)) ** 2)
    hip, knee_up = 0.052 * girth, 0.52 + frame.bob
    knee = frame.at(0.245 * math.sin(thigh), hand * hip, knee_up - 0.245 * math.cos(thigh))
    shank = thigh - bend
    rise = max(0.028, knee_up - 0.245 * math.cos(thigh) - 0.24 * math.cos(shank))
    # The weight is over the middle of the feet, a little ahead of the ankles.
    along = 0.245 * math.sin(thigh) + 0.24 * math.sin(shank) - 0.025
    ankle = frame.at(along, hand * hip, rise)
    toe = frame.at(along + 0.088, hand * hip * 1.25, max(0.018, rise - 0.018))
    heel = frame.at(along - 0.018, hand * hip, max(0.022, rise - 0.01))
    return (
        _part([heel, toe], [0.026, 0.02], look.shoes, frame.size, 20),
        _part([knee, ankle], [0.033 * girth, 0.023], look.bottom, frame.size),
        _part([frame.at(0, hand * hip, knee_up), knee], [0.052 * girth, 0.035 * girth], look.bottom, frame.size),
    )


def _arm(frame: _Frame, hand: int, beat: float) -> tuple[Part, Part, Part]:
    girth, swing, look = frame.girth, frame.swing, frame.look
    stretch = frame.reach if hand > 0 else 0.0
    upper = 0.40 * swing * math.sin(beat) + stretch * 1.0
    # Who stands holds something before them, or a basket.
    lower = upper + 0.22 + 0.25 * swing + (1 - swing) * (0.9 if hand > 0 else 0.1) + stretch * 0.5
    wide, high = 0.104 * girth + 0.012, 0.805 + frame.bob
    shoulder = frame.at(0, hand * wide, high)
    elbow_at = (0.175 * math.sin(upper), high - 0.175 * math.cos(upper))
    elbow = frame.at(elbow_at[0], hand * (wide + 0.018), elbow_at[1])
    wrist = frame.at(elbow_at[0] + 0.15 * math.sin(lower), hand * (wide + 0.008), elbow_at[1] - 0.15 * math.cos(lower))
    palm = frame.at(elbow_at[0] + 0.195 * math.sin(lower), hand * (wide + 0.004), elbow_at[1] - 0.195 * math.cos(lower))
    return (
        _part([wrist, palm], [0.019, 0.022], look.skin, frame.size),
        _part([elbow, wrist], [0.030 * girth, 0.022], look.top, frame.size),
        _part([shoulder, elbow], [0.038 * girth, 0.031 * girth], look.top, frame.size),
    )


def _trunk(frame: _Frame) -> tuple[Part, ...]:
    look, girth, bob = frame.look, frame.girth, frame.bob
    pelvis = _part(
        [frame.at(0, -0.045 * girth, 0.52 + bob), frame.at(0, 0.045 * girth, 0.52 + bob), frame.at(0, 0, 0.58 + bob)],
        [0.064 * girth, 0.064 * girth, 0.07 * girth],
        look.bottom,
        frame.size,
    )
    hem = 0.42 if look.coat else 0.55
    spread = 0.07 if look.coat else 0.05
    chest = _part(
        [
            frame.at(0, -0.074 * girth, 0.79 + bob),
            frame.at(0, 0.074 * girth, 0.79 + bob),
            frame.at(0, -spread * girth, hem + bob),
            frame.at(0, spread * girth, hem + bob),
        ],
        [0.057 * girth, 0.057 * girth, 0.062 * girth, 0.062 * girth],
        look.top,
        frame.size,
        42,
    )
    if not look.bag:
        return (pelvis, chest)
    bag = _part(
        [frame.at(-0.02, -0.15 * girth, 0.55 + bob), frame.at(0.03, -0.15 * girth, 0.46 + bob)],
        [0.05, 0.06],
        look.shoes,
        frame.size,
    )
    return (pelvis, bag, chest)


def _head(frame: _Frame) -> tuple[Part, ...]:
    look, bob, big = frame.look, frame.bob, frame.head

    def at(ahead: float, up: float) -> Vector:
        return frame.at(ahead * big, 0, (up if big == 1 else _NECK + (up - _NECK) * big) + bob)

    neck = _part([frame.at(0, 0, 0.83 + bob), frame.at(0.005, 0, 0.88 + bob)], [0.034, 0.032], look.skin, frame.size)
    face = _part([at(0.018, 0.895), at(0.012, 0.94)], [0.036 * big, 0.046 * big], look.skin, frame.size)
    low = 0.86 if look.long_hair else 0.925
    hair = _part([at(-0.008, 0.95), at(-0.022, low)], [0.051 * big, 0.042 * big], look.hair, frame.size, 26)
    return (neck, face, hair)
