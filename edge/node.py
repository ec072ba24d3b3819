"""The loop of one node: letters in, events kept, lights lit; the one owner of all its state."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contract.events import Cause, Tap
from contract.messages import Live, Person, encode
from edge import facts, taps
from edge.attention import Attention
from edge.camera.settings import Job
from edge.commands import Commands
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Connected, Disconnected, Ordered, Received, Unled
from edge.facts import Clock, Noted
from edge.health import Health
from edge.inputs import CameraChanged, CameraCounted, DeviceState, ReaderChanged, Sighting, TagGone, TagSeen
from edge.mailbox import Letter, Mailbox
from edge.plans.planner import PlanNotTaken, PlanTaken
from edge.plans.standing import Standing
from edge.stills import StillRefused, StillTaken
from edge.taps import Quiet, TapNoted

TICK: Final = 0.2
"""The longest sleep of the loop, s: by so much a removal or a minute's figures can be late."""
LIVE_EVERY: Final = 0.2
"""Seconds between two live messages of one camera."""
_MOST_LETTERS: Final = 500
_NO_TIME: Final = 1e-3  # s, so that a camera that looks just as often as is told is told each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """How the loop reaches the world."""

    clock: Callable[[], Clock]
    pseudonym: Callable[[bytes], str | None]
    light: Callable[[Tap], None]  # shows at its reader that a tap is kept; a reader that is away is passed over
    heed: Callable[[str, Attention], bool]  # tells a camera how much goes on before it; False when it is away
    send_health: Callable[[bytes], bool]
    send_live: Callable[[bytes], bool]
    man: Callable[[Mapping[str, Job]], None]  # has the cameras' processes do these jobs from soon on


class Node:
    """A node's state and the step that moves it. Only `run` touches it, on one thread."""

    def __init__(
        self,
        *,
        mailbox: Mailbox,
        outbox: Outbox,
        standing: Standing,
        health: Health,
        commands: Commands,
        rim: Rim,
        quiet: Quiet,
    ) -> None:
        self._mailbox, self._outbox = mailbox, outbox
        self._standing, self._watch = standing, standing.watch
        self._health, self._commands, self._rim, self._quiet = health, commands, rim, quiet
        health.badged(commands.badges.digest)
        self._taps = taps.NO_TAPS
        self._told_live: dict[str, float] = {}
        self._attention: dict[str, Attention] = {}  # as each camera's process knows it
        self._lost: set[str] = set()  # cameras that do not see, or whose floor is not known
        self._well: set[str] = set()  # cameras whose own process said last that it sees

    def run(self, ended: Callable[[], bool]) -> None:
        """Work until `ended`."""
        wait = TICK
        while not ended():
            wait = self.step(self._mailbox.take(min(wait, TICK), most=_MOST_LETTERS))

    def step(self, letters: list[Letter]) -> float:
        """Take these letters, keep what they tell in one commit, light, send; seconds until it has to be called."""
        clock = self._read_clock()
        noted = [each for letter in _by_time(letters) for each in self._take(letter, clock)]
        noted += self._pass_time(clock)
        self._keep(noted, clock)
        self._tell_live(clock)
        wait = self._outbox.push(clock.monotonic, unset=clock.unset)
        self._tell_health(clock)
        return wait

    def close(self) -> None:
        """Take what still lies in the mailbox, and end what is open: stays and the running minute."""
        self.step(self._mailbox.take(0.0, most=_MOST_LETTERS))
        clock = self._read_clock()
        self._keep([*self._watch.close(clock.monotonic)], clock)

    def settle(self) -> None:
        """After `close`: send what is kept, and hear receipts; what devices still say is of no time any more."""
        for letter in self._mailbox.take(0.05, most=_MOST_LETTERS):
            if isinstance(letter, Connected | Disconnected | Received):
                self._outbox.hear(letter, self._rim.clock().monotonic)
        clock = self._read_clock()
        self._outbox.push(clock.monotonic, unset=clock.unset)
        self._tell_health(clock)

    def _read_clock(self) -> Clock:
        """The time; where the wall clock was set, what was not sent yet is dated by it before anything is added."""
        clock = self._rim.clock()
        self._outbox.date(clock.reading)
        return clock

    def _take(self, letter: Letter, clock: Clock) -> list[Noted]:
        now = clock.monotonic
        match letter:
            case Sighting():
                return self._see(letter, now)
            case TagSeen() | TagGone():
                return self._feel(letter, now)
            case ReaderChanged():
                return [*self._feel(letter, now), *self._changed(letter)]
            case CameraChanged():
                return self._camera_changed(letter)
            case CameraCounted():
                self._health.counted(letter)
            case Connected() | Disconnected() | Received():
                self._outbox.hear(letter, now)
                if not isinstance(letter, Received):
                    self._health.due_now()
            case PlanTaken():
                return self._stand(letter.standing, clock)
            case _:
                self._be_led(letter, clock)
        return []

    def _be_led(self, letter: Letter, clock: Clock) -> None:
        """What the cloud orders or plans, and what comes of it."""
        match letter:
            case PlanNotTaken():
                self._health.not_planned(letter.reason, letter.kind)
            case Unled():
                self._health.not_planned("the broker lets this node hear no plans: its rights are of an older version")
            case Ordered():
                if not self._commands.take(letter.payload, clock, self._watch.followed):
                    self._health.order_refused()
                self._health.badged(self._commands.badges.digest)
            case StillTaken() | StillRefused():
                self._commands.done(letter)
            case _:
                pass

    def _stand(self, standing: Standing, clock: Clock) -> list[Noted]:
        """Work by another plan: what is open under the old one ends and is told, where the floor is another one now."""
        before, self._standing, now = self._standing, standing, clock.monotonic
        noted: list[Noted] = []
        if standing.geometry != before.geometry:
            noted += self._watch.close(now)
            standing.watch.passed_over.update(self._watch.passed_over)
            self._watch = standing.watch
            noted += self._watch.tick(now, clock.wall)  # so that its first minute ends with the wall clock's
            noted += [note for camera in self._lost for note in self._watch.lost(camera, now)]
        self._watch.place_readers(standing.found.ground.readers)
        self._rim.man(standing.jobs)
        self._health.planned(standing.version)
        for camera in (before.unfit.keys() - standing.unfit.keys()) & self._well:
            if before.jobs.get(camera) == standing.jobs[camera]:  # else its new process tells
                noted += self._camera_changed(CameraChanged(camera=camera, state=DeviceState.OK, reason="", at=now))
        for lost in unfit(standing, now):
            noted += self._camera_changed(lost)
        return noted

    def _see(self, sighting: Sighting, now: float) -> list[Noted]:
        if sighting.camera not in self._watch.cameras:
            return []  # its floor is not known: it looks for nothing but its own sake
        noted: list[Noted] = [*self._watch.see(sighting, now)]
        noted += self._fitting(sighting, self._watch.misfits.get(sighting.camera))
        self._heed(sighting.camera, now)
        return noted

    def _tell_live(self, clock: Clock) -> None:
        """Where people are, by the camera whose floor it is: all cameras at once, so that nobody is two dots."""
        for camera, looked in self._watch.looked.items():
            if looked - self._told_live.get(camera, -math.inf) >= LIVE_EVERY - _NO_TIME:
                self._told_live[camera] = looked
                people = tuple(Person(round(x, 2), round(y, 2)) for x, y in self._watch.positions(camera))
                self._rim.send_live(encode(Live(at=clock.ms(looked), camera=camera, people=people)))

    def _heed(self, camera: str, now: float) -> None:
        """Tell a camera how closely to watch, when that changed."""
        attention = self._watch.attention(camera, now)
        if self._attention.get(camera) is not attention and self._rim.heed(camera, attention):
            self._attention[camera] = attention

    def _fitting(self, sighting: Sighting, misfit: str | None) -> list[Noted]:
        """A camera whose pictures are not those that it was calibrated with sees no floor: it is as good as lost.

        One that fits makes no lost camera well: the last picture before a loss is told after it.
        """
        if misfit is None and sighting.camera in self._lost:
            return []
        state = DeviceState.OK if misfit is None else DeviceState.LOST
        cause = None if misfit is None else Cause.MISFIT
        changed = CameraChanged(camera=sighting.camera, state=state, reason=misfit or "", at=sighting.at, cause=cause)
        return self._changed(changed)

    def _feel(self, noticed: TagSeen | TagGone | ReaderChanged | None, now: float) -> list[Noted]:
        self._taps, felt = taps.see(self._taps, noticed, now, quiet=self._quiet)
        noted: list[Noted] = []
        for each in felt:
            staff = each.uid is not None and self._rim.pseudonym(each.uid) in self._commands.badges
            noted.append(replace(each, staff=staff))
            if staff and isinstance(each, TapNoted):
                noted.append(self._watch.badge(each.reader, each.at))
        return noted

    def _camera_changed(self, changed: CameraChanged) -> list[Noted]:
        blind = changed.state is not DeviceState.OK
        if blind:
            self._well.discard(changed.camera)
            self._commands.gone(changed.camera, changed.reason)
        else:
            self._well.add(changed.camera)
            changed = as_unfit(changed, self._standing)
        blind = changed.state is not DeviceState.OK
        if changed.state is DeviceState.LOST:
            self._lost.add(changed.camera)
        else:
            self._lost.discard(changed.camera)
        if blind:  # a new process of it knows nothing yet
            self._attention.pop(changed.camera, None)
        cut = self._watch.lost(changed.camera, changed.at) if blind else []
        return [*cut, *self._changed(changed)]

    def _changed(self, changed: ReaderChanged | CameraChanged) -> list[Noted]:
        """A device's state goes into the log where it turns from good to bad or back; starting is bad still."""
        return [changed] if self._health.changed(changed) else []

    def _pass_time(self, clock: Clock) -> list[Noted]:
        noted: list[Noted] = self._feel(None, clock.monotonic)
        noted += self._watch.tick(clock.monotonic, clock.wall)
        return noted

    def _keep(self, noted: list[Noted], clock: Clock) -> None:
        if not noted:
            return
        events = [event for each in noted for event in facts.events(each, clock, pseudonym=self._rim.pseudonym)]
        tapped = [each for each in events if isinstance(each, Tap)]
        at_ms = clock.ms(clock.monotonic)
        if self._outbox.keep(events, urgent=bool(tapped), at_ms=at_ms, now=clock.monotonic):
            for tap in tapped:  # only now is it safe from a power cut
                self._rim.light(tap)

    def _skipped(self, camera: str) -> int:
        """The camera's sightings that told nothing: they found the mailbox full, or came too late."""
        return self._mailbox.skipped(camera) + self._watch.passed_over[camera]

    def _tell_health(self, clock: Clock) -> None:
        if self._health.is_due(clock.monotonic):
            message = self._health.message(clock, self._outbox, skipped=self._skipped)
            if self._rim.send_health(encode(message)):
                self._health.told(clock.monotonic)


def as_unfit(changed: CameraChanged, standing: Standing) -> CameraChanged:
    """A camera that sees; where its floor is not known it is as good as lost, and the reason is that."""
    reason = standing.unfit.get(changed.camera)
    return changed if reason is None else _unfit(changed.camera, reason, standing, changed.at)


def unfit(standing: Standing, at: float) -> list[CameraChanged]:
    """Every camera whose floor this plan does not tell, as lost from `at` on: a gap, never a zero."""
    return [_unfit(camera, reason, standing, at) for camera, reason in standing.unfit.items()]


def _unfit(camera: str, reason: str, standing: Standing, at: float) -> CameraChanged:
    cause = Cause.UNPLANNED if standing.version is None else Cause.MISFIT
    return CameraChanged(camera=camera, state=DeviceState.LOST, reason=reason, at=at, cause=cause)


def _by_time(letters: list[Letter]) -> list[Letter]:
    """The same letters, the sightings among them in order of time: after a slow disk many wait, of several cameras."""
    sightings = iter(sorted((one for one in letters if isinstance(one, Sighting)), key=lambda one: one.at))
    return [next(sightings) if isinstance(one, Sighting) else one for one in letters]
