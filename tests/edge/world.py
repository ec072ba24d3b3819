"""A node's loop with its world in the test's hand."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contract.messages import Arrived, Receipt, decode_batch, encode
from edge.attention import Attention
from edge.badges import Badges
from edge.camera.settings import Job
from edge.commands import Commands, Reach
from edge.counting.encounters import Ground
from edge.counting.watch import Watch
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Received
from edge.facts import Clock
from edge.floor import fitting
from edge.floor.plane import PointPair
from edge.floor.shapes import Zone
from edge.health import Health
from edge.inputs import Box, Sighting
from edge.mailbox import Letter, Mailbox
from edge.node import Node, Rim
from edge.plans.judging import Self
from edge.plans.standing import NOTHING, Standing
from edge.taps import Quiet

WALL = 1_790_000_000.0
# One metre of floor is 100 px, seen from straight above: enough of a camera for the loop.
PAIRS = [PointPair(pixel=(100.0 * x, 100.0 * y), place=(x, y)) for x, y in ((0, 0), (6, 0), (6, 4), (0, 4), (3, 2))]


def one_camera() -> Watch:
    return Watch(
        floors={"c": fitting.fit(PAIRS, width=640, height=480).floor},
        ground=Ground(zones=[Zone(id="tea", corners=((1, 1), (5, 1), (5, 3), (1, 3)))]),
    )


def standing(watch: Watch, *, unfit: Mapping[str, str] | None = None) -> Standing:
    """A node that counts by this watch, whatever the plan."""
    return Standing(version=None, geometry=b"", found=NOTHING, watch=watch, jobs={}, unfit=unfit or {})


ME = Self(store="s", node="n", readers=("r",), cameras=("c",), cloud_key=None)


@dataclass
class World:
    """A node whose clock, link and light are in the test's hand; its log is real."""

    folder: Path
    now: float = 100.0
    ahead: float = 0.0  # s that the wall clock was set forward since the world began
    boot: str = "first"
    unset: bool = False
    up: bool = True
    max_bytes: int = 10_000_000
    watch: Watch = field(default_factory=one_camera)
    cameras: Sequence[str] = ("c",)
    lit: list[tuple[str, int]] = field(default_factory=list)
    batches: list[Arrived] = field(default_factory=list)
    healths: list[bytes] = field(default_factory=list)
    lives: list[bytes] = field(default_factory=list)
    receipts: list[Letter] = field(default_factory=list)
    renewals: int = 0
    attentions: list[Attention] = field(default_factory=list)
    deaf: bool = False  # the camera takes no line
    me: Self = ME
    unfit: Mapping[str, str] = field(default_factory=dict)
    manned: list[Mapping[str, Job]] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    stills: list[bytes] = field(default_factory=list)
    lines: list[tuple[str, bytes]] = field(default_factory=list)  # for cameras

    def __post_init__(self) -> None:
        log = Log(self.folder / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=self.max_bytes)
        self.outbox = Outbox(
            log, store="s", node="n", send=self.send, renew=self.renew, notes=logging.getLogger("test")
        )
        self.node = Node(
            mailbox=Mailbox(),
            outbox=self.outbox,
            standing=standing(self.watch, unfit=self.unfit),
            commands=Commands(
                self.me,
                self.reach(),
                since_ms=0,
                notes=logging.getLogger("test"),
                badges=Badges(self.folder / "badges"),
            ),
            health=Health(readers=["r"], cameras=self.cameras),
            rim=Rim(
                clock=self.clock,
                pseudonym=lambda uid: uid.hex().zfill(32),
                light=lambda tap: self.lit.append((tap.reader, self.outbox.pending)),
                heed=self.heed,
                send_health=lambda payload: self.tell(self.healths, payload),
                send_live=lambda payload: self.tell(self.lives, payload),
                man=self.manned.append,
            ),
            quiet=Quiet(),
        )

    def clock(self) -> Clock:
        return Clock(monotonic=self.now, wall=WALL + self.ahead + self.now, boot=self.boot, unset=self.unset)

    def reach(self) -> Reach:
        def line(camera: str, line: bytes) -> bool:
            if not self.deaf:
                self.lines.append((camera, line))
            return not self.deaf

        return Reach(
            send_answer=lambda payload: self.tell(self.answers, payload),
            send_still=lambda payload: self.tell(self.stills, payload),
            tell_camera=line,
        )

    def send(self, payload: bytes) -> bool:
        if self.up:
            batch = decode_batch(payload)
            self.batches.append(batch)
            through = batch.first + len(batch.events) - 1
            receipt = Receipt(store_id="a" * 32, epoch=batch.epoch, through=through)
            self.receipts.append(Received(payload=encode(receipt)))
        return self.up

    def renew(self) -> None:
        self.renewals += 1

    def tell(self, told: list[bytes], payload: bytes) -> bool:
        if self.up:
            told.append(payload)
        return self.up

    def heed(self, camera: str, attention: Attention) -> bool:
        assert camera in self.cameras
        if not self.deaf:
            self.attentions.append(attention)
        return not self.deaf

    def step(self, *letters: Letter, after: float = 0.0) -> None:
        self.now += after
        receipts, self.receipts = self.receipts, []
        self.node.step([*receipts, *letters])

    def sent(self) -> list[object]:
        return [event for batch in self.batches for event in batch.events]


def person(x: float, y: float, at: float) -> Sighting:
    """Somebody who stands at (x, y), as that one camera sees them."""
    foot = Box(x1=100 * x - 20, y1=100 * y - 120, x2=100 * x + 20, y2=100 * y, score=0.9)
    return Sighting(camera="c", at=at, width=640, height=480, boxes=(foot,))
