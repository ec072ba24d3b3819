"""Aisle's own counter on the clip: the node's watch from sightings to crossings, stays and person-seconds."""

from collections import defaultdict

from edge.counting.crossings import Direction
from edge.counting.encounters import Ground
from edge.counting.noted import CrossingNoted, Noted, OccupancyNoted, StayNoted
from edge.counting.watch import Watch
from edge.floor import plane, shapes
from edge.inputs import Box, Sighting
from tests.bench.vision.clip import Array, Sample
from tests.bench.vision.neutral import Counted, Crossed, Scene, Stayed

CAMERA = "c"


def counted(seen: Sample, scene: Scene, matrix: Array, *, width: int, height: int) -> Counted:
    """What a node with one camera tells of a sample."""
    watch = Watch(
        floors={CAMERA: plane.from_matrix(matrix, width=width, height=height)},
        ground=Ground(
            lines=tuple(shapes.Line(id=line.id, a=line.a, b=line.b) for line in scene.lines),
            zones=tuple(
                shapes.Zone(id=zone.id, corners=tuple((x, y) for x, y in zone.corners.tolist())) for zone in scene.zones
            ),
        ),
    )
    noted: list[Noted] = []
    for each in seen.sightings:
        boxes = tuple(Box(x1=x1, y1=y1, x2=x2, y2=y2, score=score) for x1, y1, x2, y2, score in each["boxes"])
        noted += watch.see(Sighting(camera=CAMERA, at=each["at"], width=width, height=height, boxes=boxes))
        noted += watch.tick(each["at"], each["at"])
    noted += watch.close(seen.sightings[-1]["at"] + seen.period / 2)
    person_s: defaultdict[str, float] = defaultdict(float)
    for note in noted:
        if isinstance(note, OccupancyNoted):
            person_s[note.zone] += note.person_s
    return Counted(
        crossings=tuple(
            Crossed(line=note.line, forward=note.direction is Direction.IN, at=note.at)
            for note in noted
            if isinstance(note, CrossingNoted)
        ),
        stays=tuple(
            Stayed(zone=note.zone, entered=note.entered, left=note.left)
            for note in noted
            if isinstance(note, StayNoted)
        ),
        person_s=person_s,
    )
