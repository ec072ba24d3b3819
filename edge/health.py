"""A node's account of itself: what its devices last said, and when the cloud has to hear it again."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Final

from msgspec.structs import replace

from contract import messages
from contract.messages import CameraHealth, PlanRefusal, ReaderHealth
from edge.delivery.outbox import Outbox
from edge.facts import Clock, words
from edge.inputs import CameraChanged, CameraCounted, DeviceState, ReaderChanged
from edge.machine import Machine, look
from edge.memory import resident_mb

EVERY: Final = 60.0
"""Seconds between two health messages when nothing changes."""
SOONEST: Final = 1.0
"""Seconds between two when much does."""
_PROGRAM: Final = f"aisle-store {version('aisle-store')}"


class Health:
    """What is known of the node's readers and cameras, and of the machine under it."""

    def __init__(
        self, *, readers: Iterable[str], cameras: Iterable[str], machine: Callable[[], Machine] = look
    ) -> None:
        self._readers = {name: ReaderHealth(ok=False, reason="not heard of yet") for name in readers}
        self._cameras = {name: CameraHealth(ok=False, reason="not heard of yet") for name in cameras}
        self._machine = machine
        self._plan: int | None = None
        self._plan_problem = ""
        self._plans_refused: Counter[PlanRefusal] = Counter()
        self._orders_refused = 0
        self._badges: str | None = None
        self._unheard = {*self._readers, *self._cameras}
        self._due = -math.inf
        self._told = -math.inf

    def changed(self, changed: ReaderChanged | CameraChanged) -> bool:
        """Note a device's state; True where it turned from good to bad or back, or is bad from the beginning."""
        ok = changed.state is DeviceState.OK
        name = changed.reader if isinstance(changed, ReaderChanged) else changed.camera
        never_came = changed.state is DeviceState.LOST and name in self._unheard
        if changed.state is not DeviceState.STARTING:
            self._unheard.discard(name)
        if isinstance(changed, ReaderChanged):
            turned = self._readers[changed.reader].ok is not ok
            self._readers[changed.reader] = ReaderHealth(ok=ok, reason="" if ok else words(changed.reason))
        else:
            before = self._cameras[changed.camera]
            turned = before.ok is not ok
            self._cameras[changed.camera] = replace(before, ok=ok, reason="" if ok else words(changed.reason))
        if turned or never_came:
            self.due_now()
        return turned or never_came

    def counted(self, counted: CameraCounted) -> None:
        """Note a camera's counters."""
        self._cameras[counted.camera] = replace(
            self._cameras[counted.camera],
            read=counted.read,
            overwritten=counted.overwritten,
            detected=counted.detected,
            idle=counted.idle,
            things=counted.things,
            detect_ms=counted.detect_ms,
            rate=counted.rate,
            cpu_percent=counted.cpu_percent,
            model=words(counted.model),
            advice=words(counted.advice),
            rss_mb=counted.rss_mb,
        )

    def planned(self, version: int | None) -> None:
        """The node works by this version of the plan, None for none."""
        self._plan, self._plan_problem = version, ""
        self.due_now()

    def not_planned(self, reason: str, kind: PlanRefusal | None = None) -> None:
        """A plan is not taken, or none can come."""
        self._plan_problem = words(reason)
        if kind is not None:
            self._plans_refused[kind] += 1
        self.due_now()

    def order_refused(self) -> None:
        """An order is not obeyed."""
        self._orders_refused += 1

    def badged(self, digest: str) -> None:
        """The node has this list of staff badges."""
        if digest != self._badges:
            self._badges = digest
            self.due_now()

    def due_now(self) -> None:
        """Something changed that the cloud should hear soon."""
        self._due = -math.inf

    def is_due(self, now: float) -> bool:
        """Whether the cloud should hear now."""
        return now >= max(self._due, self._told + SOONEST)

    def told(self, now: float) -> None:
        """The cloud was told."""
        self._told, self._due = now, now + EVERY

    def message(self, clock: Clock, outbox: Outbox, *, skipped: Callable[[str], int]) -> messages.Health:
        """Everything, as one message. `skipped` says how many sightings of a camera found the mailbox full."""
        at = clock.ms(clock.monotonic)
        oldest = outbox.oldest_at()
        machine = self._machine()
        return messages.Health(
            at=at,
            epoch=outbox.epoch,
            program=_PROGRAM,
            produced=outbox.produced,
            pending=outbox.pending,
            dropped=outbox.dropped,
            oldest_ms=0 if oldest is None else max(0, at - oldest),
            refused_receipts=outbox.refused_receipts,
            rss_mb=resident_mb(),
            temperature_c=machine.temperature_c,
            throttled=machine.throttled,
            undervoltage=machine.undervoltage,
            readers=self._readers,
            cameras={name: replace(camera, skipped=skipped(name)) for name, camera in self._cameras.items()},
            badges=self._badges,
            plan=self._plan,
            plan_problem=self._plan_problem,
            plans_refused=dict(self._plans_refused),
            orders_refused=self._orders_refused,
        )
