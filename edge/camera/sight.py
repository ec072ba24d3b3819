"""Whether a camera still sees what it was hung up to see; if not, why, as a function of what it showed before.

What is learnt of a scene, the mean directions of its edges and how sharp they are, is no picture, stays in the
memory of the process and ends with it: a camera that is moved while its process runs is found out, one that is moved
while it does not run is taken as it hangs.
"""

import zlib
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.events import Cause
from edge.camera import alignment, gate
from edge.camera.alignment import Alignment, Field
from edge.camera.sharpness import sharpness

Image: TypeAlias = NDArray[np.uint8]
Array: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

LOOK_EVERY_S: Final = 0.5  # comparing every frame would cost as much as scaling it
SCENE_EVERY_S: Final = 1.0
# Somebody who stands before the lens for two seconds is not told, a bag that hangs there is within ten.
PATIENCE_S: Final = 6.0
DARK_S: Final = 4.0
WELL_S: Final = 2.0  # for which all must be well again
# Levels 0-255 of the small picture. Below: nobody would be seen. A lamp that shines in the dark lights no floor.
DARK: Final = 22.0  # of nine pixels in ten
FLAT: Final = 9.0  # between one pixel in twenty and nineteen: nothing can be made out
LEARNT: Final = 10  # looks of one scene before it is believed
STEADY: Final = 0.5  # of the textured tiles must be where they were while the scene is learnt
MEMORY: Final = 3600  # looks: the sun's way and goods put elsewhere are learnt in an hour, a camera that sags is not
# Of the textured tiles. A crowd may hide nearly all; by chance one in two hundred lies where it was.
IN_PLACE: Final = 0.12
AGREEING: Final = 0.4
AWAY: Final = 1.0  # px of the small picture: 4 px of 768
STRUCTURE: Final = 0.5  # of the scene's edges: what hides a scene at the lens is too near to have many
BLURRED: Final = 0.3  # of the scene's sharpness: a blur of 2 px (standard deviation) in a sharp picture of 768
CLEAR: Final = 0.4  # at which it is well again
JUDGED: Final = 3  # parts of the picture whose sharpness can be told, for a verdict
# What hides a tile is a cover once nothing in it has moved for so many looks on end: people do, and leave gaps.
COVERED_LOOKS: Final = 30
COVERED: Final = 0.25  # of the textured tiles, which overlap: what hides half of the picture hides so many wholly
COVER_MEMORY: Final = 86_400  # looks, a day of them, over which a cover that was told is learnt: goods moved, not tape
SETTLED: Final = 300  # looks of one scene before a part of it is believed: who stood there at first has gone on
# A picture that has kept so much of its contrast and none of its edges is far out of focus; light takes both.
CONTRAST: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """Why a camera does not see."""

    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What was learnt of a scene."""

    edges: Field  # [h, w], the mean
    sharp: Array  # of each part, the mean; NaN where there are no edges
    contrast: float  # levels between one pixel in twenty and nineteen, the mean
    looks: int  # that were learnt from


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """One camera's sight; begins as `Sight()`, never changed in place."""

    blind: Blind | None = None
    scene: Scene | None = None
    last: int | None = None  # the sum of the last picture; the picture itself would be as large as all else
    changed: float = -np.inf  # when the picture last differed from the one before
    looked: float = -np.inf
    scene_looked: float = -np.inf
    since: float | None = None  # since when every look found something
    well: float | None = None  # since when none did
    tiles: alignment.Tiles = field(default_factory=lambda: alignment.tiles((0, 0)))
    edges: Field = field(default_factory=lambda: np.zeros((0, 0), np.complex64))  # [h, w], of the last look
    hidden: Counts = field(default_factory=lambda: np.zeros(0, np.int64))  # [tiles], looks on end, nothing moving

    @property
    def in_doubt(self) -> bool:
        """Whether the last look found something that may still turn out to be somebody before the lens."""
        return self.since is not None

    @property
    def is_well(self) -> bool:
        """Whether the last look found nothing and nothing is told."""
        return self.blind is None and not self.in_doubt


def is_due(sight: Sight, at: float) -> bool:
    """Whether it is time for a look at `at`."""
    return at - sight.looked >= LOOK_EVERY_S


def look(sight: Sight, image: Image, at: float, *, still_s: float) -> Sight:
    """The sight after a picture, BGR [H, W, 3], taken at `at` s; `still_s` of one and the same picture is a frozen one.

    Pass infinity for a source that may stand still. The same is the same to the bit: a camera that hangs while its
    clock runs in the picture, or whose recorder codes it anew, shows what an empty shop at night does.
    """
    if not is_due(sight, at):
        return sight
    total = zlib.crc32(np.ascontiguousarray(image).data)
    sight = replace(sight, last=total, looked=at, changed=sight.changed if total == sight.last else at)
    # A black picture has no noise that would change it: it is told as dark.
    if at - sight.changed >= still_s and float(image[::16, ::16].mean()) >= DARK / 2:
        reason = f"the same picture for {still_s:g} s: the stream is frozen"
        return replace(sight, blind=Blind(cause=Cause.FROZEN, reason=reason), since=None, well=None)
    if sight.blind is not None and sight.blind.cause is Cause.FROZEN:
        sight = replace(sight, blind=None)
    if at - sight.scene_looked < SCENE_EVERY_S:
        return sight
    picture = gate.small(image)
    doubt = _level(picture, sight.blind)
    if doubt is None:
        sight, doubt = _look_at_scene(sight, picture, image)
    return _found(replace(sight, scene_looked=at), doubt, at)


def _level(picture: gate.Real, blind: Blind | None) -> Blind | None:
    """What the light alone tells."""
    bright, contrast = float(np.percentile(picture, 90)), _contrast(picture)
    was = None if blind is None else blind.cause
    if bright < DARK * (1.25 if was is Cause.DARK else 1.0):
        return Blind(cause=Cause.DARK, reason=f"too dark to see: nine tenths are below level {bright:.0f} of 255")
    if contrast < FLAT * (1.25 if was is Cause.BLOCKED else 1.0):
        return Blind(cause=Cause.BLOCKED, reason="nothing can be made out: something covers the lens")
    return None


def _look_at_scene(sight: Sight, picture: gate.Real, image: Image) -> tuple[Sight, Blind | None]:
    """What the edges tell; they are learnt while nothing is wrong with them."""
    now = Scene(edges=alignment.field(picture), sharp=sharpness(image), contrast=_contrast(picture), looks=1)
    scene = sight.scene
    if scene is None or scene.edges.shape != now.edges.shape:
        cut = alignment.tiles(picture.shape)
        return replace(sight, scene=now, tiles=cut, hidden=np.zeros(len(cut.corners), np.int64)), None
    lies = alignment.compare(scene.edges, now.edges, sight.tiles)
    if scene.looks < LEARNT:
        steady = lies.still >= STEADY * lies.textured
        return replace(sight, scene=_learnt(scene, now, scene.looks + 1) if steady else now), None
    if scene.looks >= SETTLED:
        moving = alignment.moving(sight.edges, now.edges, sight.tiles)
        kept = lies.hidden & (~moving | (sight.hidden >= COVERED_LOOKS))  # who walks by a cover takes it not away
        sight = replace(sight, hidden=np.where(kept, sight.hidden + 1, 0))
    sight = replace(sight, edges=now.edges)
    cover = _cover(sight, lies)
    doubt = cover or _place(lies) or _focus(scene, now, sight.blind)
    if doubt is not None and cover is None:
        return sight, doubt
    paces = _paces(sight, scene, hidden=MEMORY if cover is None else COVER_MEMORY)
    return replace(sight, scene=_learnt(scene, now, paces)), doubt


def _place(lies: Alignment) -> Blind | None:
    """Whether the scene is where it was. A scene without edges enough is given the benefit of the doubt."""
    if lies.textured < alignment.FEWEST:
        return None
    if lies.agreeing >= AGREEING * lies.textured and lies.moved >= AWAY:
        share = 100 * lies.moved / gate.WIDTH
        return Blind(cause=Cause.MOVED, reason=f"the picture has moved by {share:.1f} % of its width")
    if lies.still >= IN_PLACE * lies.textured:
        return None
    if lies.edges < STRUCTURE:
        return Blind(cause=Cause.BLOCKED, reason="the scene is hidden: something stands or hangs before the lens")
    return Blind(cause=Cause.MOVED, reason="the picture shows another scene: the camera was turned away, or blocked")


def _focus(scene: Scene, now: Scene, blind: Blind | None) -> Blind | None:
    known = scene.sharp > 0
    judged = known & np.isfinite(now.sharp)
    if judged.sum() >= JUDGED:
        share = float(np.median(now.sharp[judged] / scene.sharp[judged]))
    elif known.sum() >= JUDGED and now.contrast > CONTRAST * scene.contrast:
        share = 0.0
    else:
        return None
    if share >= (CLEAR if blind is not None and blind.cause is Cause.BLURRED else BLURRED):
        return None
    reason = f"out of focus, or dirt on the lens: {100 * share:.0f} % as sharp as it was"
    return Blind(cause=Cause.BLURRED, reason=reason)


def _cover(sight: Sight, lies: Alignment) -> Blind | None:
    """Whether a part of the scene is covered. Of a camera that looks elsewhere nobody can tell."""
    covered = int((sight.hidden >= COVERED_LOOKS).sum())
    if covered < max(1.0, COVERED * lies.textured):
        return None
    if sight.blind is not None and sight.blind.cause is not Cause.BLOCKED:
        return None
    share = 100 * covered / lies.textured
    return Blind(cause=Cause.BLOCKED, reason=f"{share:.0f} % of the scene is hidden: something covers a part of it")


def _paces(sight: Sight, scene: Scene, *, hidden: int) -> Counts:
    """Over how many looks each pixel [h, w] is learnt: over `hidden` in hidden tiles, or a cover were the scene."""
    looks = np.full(scene.edges.shape, min(scene.looks + 1, MEMORY))
    for (row, column), since in zip(sight.tiles.corners, sight.hidden, strict=True):
        if since:
            looks[row : row + alignment.TILE, column : column + alignment.TILE] = hidden
    return looks


def _contrast(picture: gate.Real) -> float:
    low, high = np.percentile(picture, (5, 95)).tolist()
    return float(high - low)


def _learnt(scene: Scene, now: Scene, paces: int | Counts) -> Scene:
    """The running mean; once it is old enough, one that forgets. That of the edges is over `paces` looks."""
    looks = min(scene.looks + 1, MEMORY)
    told, known = np.isfinite(now.sharp), np.isfinite(scene.sharp)
    sharp = np.where(told & known, scene.sharp + (now.sharp - scene.sharp) / looks, scene.sharp)
    edges = scene.edges + (now.edges - scene.edges) / np.float32(paces)
    return Scene(
        edges=edges.astype(np.complex64, copy=False),
        sharp=np.where(told & ~known, now.sharp, sharp),
        contrast=scene.contrast + (now.contrast - scene.contrast) / looks,
        looks=looks,
    )


def _found(sight: Sight, doubt: Blind | None, at: float) -> Sight:
    """Told is what every look has found for long enough, until none has found anything for a while."""
    if doubt is None:
        well = at if sight.well is None else sight.well
        over = sight.blind is None or at - well >= WELL_S
        return replace(sight, blind=None if over else sight.blind, since=None, well=well)
    since = at if sight.since is None else sight.since
    sight = replace(sight, since=since, well=None)
    same = sight.blind is not None and sight.blind.cause is doubt.cause
    patience = DARK_S if doubt.cause is Cause.DARK else PATIENCE_S
    return sight if same or at - since < patience else replace(sight, blind=doubt)
