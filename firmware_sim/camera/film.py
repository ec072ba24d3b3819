"""A day filmed to a file, with the true boxes of every frame in MOTChallenge's text form."""

from pathlib import Path
from typing import Final

from contract.plan import Camera
from firmware_sim.camera.encoding import Film
from firmware_sim.camera.painter import Seen
from firmware_sim.camera.view import View
from firmware_sim.town.day import moments
from firmware_sim.town.geometry import spot
from firmware_sim.town.store import Store
from firmware_sim.town.world import STEP_MS, Town

FPS: Final = 10
_EVERY: Final = 1000 // FPS // STEP_MS
_LEAST_SHOWN: Final = 0.15
"""Who shows less than this of themselves is in nobody's truth."""


def film(store: Store, camera: Camera, *, seed: int, length_ms: int, out: Path, truth: Path | None) -> int:
    """Film a day with one camera at FPS frames a second; gives the number of frames. Raises OSError.

    A line of the truth is `frame,id,left,top,width,height,1,1,visibility` (A. Milan et al., "MOT16", 2016), px.
    """
    opening = store.scenario.door.opening
    view = View(store.plan, camera, (spot(opening[0]), spot(opening[1])))
    film_file, lines, frames = Film(out, camera.width, camera.height, FPS), list[str](), 0
    for moment in moments(Town(store, seed)):
        if moment.world.now > length_ms:
            break
        if moment.world.now // STEP_MS % _EVERY:
            continue
        frames += 1
        shoppers = moment.world.shoppers
        bodies = tuple(shopper.body() for shopper in shoppers)
        film_file.add(view.draw(bodies, frames))
        if truth is not None:
            lines += [_line(frames, shoppers[seen.index].number, seen) for seen in view.truth(bodies) if _counts(seen)]
    film_file.close()
    if truth is not None:
        truth.write_text("".join(lines), encoding="ascii")
    return frames


def _counts(seen: Seen) -> bool:
    return seen.visible >= _LEAST_SHOWN


def _line(frame: int, number: int, seen: Seen) -> str:
    wide, high = seen.right - seen.left, seen.bottom - seen.top
    return f"{frame},{number},{seen.left:.1f},{seen.top:.1f},{wide:.1f},{high:.1f},1,1,{seen.visible:.2f}\n"
