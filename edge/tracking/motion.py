"""How people move on a floor: a Kalman filter of many people at once, in metres and seconds."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

FOOTPRINT: Final = 0.2  # m: how well the place is known at which somebody was measured last


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How people walk: an Ornstein-Uhlenbeck velocity, which a person keeps for a while and forgets in the end.

    G. Uhlenbeck and L. Ornstein, "On the theory of the Brownian motion", Phys. Rev. 36 (1930); as a tracking model
    X. Rong Li and V. Jilkov, "Survey of maneuvering target tracking, part I", IEEE AES 39 (2003). Exact for any
    interval, so that nothing depends on how often the detector runs; and a person out of sight is never expected
    to walk faster than people do.
    """

    speed: float = 0.9  # m/s, root mean square along each axis: people walk at 0.5-1.6 m/s, and stand
    memory: float = 4.0  # s, after which a velocity is mostly another one: a stop or a turn every few seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bodies:
    """Where people are and how they move; row i is person i. Never changed in place."""

    mean: Array  # [n, 4]: x, y (m), vx, vy (m/s)
    cov: Array  # [n, 4, 4]


def at_rest(places: Array, cov: Array, walk: Walk) -> Bodies:
    """People first seen at `places` [n, 2] with error `cov` [n, 2, 2], moving in an unknown way."""
    count = len(places)
    mean = np.zeros((count, 4))
    mean[:, :2] = places
    spread = np.zeros((count, 4, 4))
    spread[:, :2, :2] = cov
    spread[:, 2, 2] = spread[:, 3, 3] = walk.speed**2
    return Bodies(mean=mean, cov=spread)


def predict(bodies: Bodies, seconds: float, walk: Walk) -> Bodies:
    """The bodies `seconds` later, unseen."""
    kept = float(np.exp(-seconds / walk.memory))
    reach = walk.memory * (1 - kept)
    step = np.eye(4)
    step[0, 2] = step[1, 3] = reach
    step[2, 2] = step[3, 3] = kept
    variance = walk.speed**2
    drift = 2 * variance * walk.memory * (seconds - 2 * reach + walk.memory * (1 - kept**2) / 2)
    noise = np.zeros((4, 4))
    noise[0, 0] = noise[1, 1] = drift
    noise[0, 2] = noise[2, 0] = noise[1, 3] = noise[3, 1] = variance * walk.memory * (1 - kept) ** 2
    noise[2, 2] = noise[3, 3] = variance * (1 - kept**2)
    return Bodies(mean=bodies.mean @ step.T, cov=step @ bodies.cov @ step.T + noise)


def astray(places: Array, seconds: Array, walk: Walk) -> Bodies:
    """People who were at `places` [n, 2] `seconds` [n] ago and may have turned any way since."""
    kept = np.exp(-seconds / walk.memory)
    reach = walk.memory * (1 - kept)
    variance = walk.speed**2
    cov = np.zeros((len(places), 4, 4))
    cov[:, 0, 0] = cov[:, 1, 1] = FOOTPRINT**2 + 2 * variance * walk.memory * (seconds - reach)
    cov[:, 0, 2] = cov[:, 2, 0] = cov[:, 1, 3] = cov[:, 3, 1] = variance * reach
    cov[:, 2, 2] = cov[:, 3, 3] = variance
    return Bodies(mean=np.column_stack([places, np.zeros_like(places)]), cov=cov)


def correct(bodies: Bodies, places: Array, cov: Array) -> Bodies:
    """The bodies after each was measured at `places` [n, 2] with error `cov` [n, 2, 2]."""
    spread = bodies.cov[:, :2, :2] + cov
    gain = np.linalg.solve(spread, bodies.cov[:, :2, :]).transpose(0, 2, 1)
    surprise = places - bodies.mean[:, :2]
    mean = bodies.mean + (gain @ surprise[:, :, None])[:, :, 0]
    after = bodies.cov - gain @ bodies.cov[:, :2, :]
    return Bodies(mean=mean, cov=(after + after.transpose(0, 2, 1)) / 2)
