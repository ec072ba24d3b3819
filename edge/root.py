"""One node, wired by hand."""

import functools
import logging
import os
import random
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from contract.events import Tap
from edge import clocks
from edge.attention import encode
from edge.badges import Badges
from edge.camera.settings import Job as CameraJob
from edge.children.child import Child, Programme
from edge.commands import Commands, Reach
from edge.config import Config
from edge.crew import Crew
from edge.delivery.log import Head, LogDamaged, glance
from edge.delivery.logs import Logs, Opened, earlier
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Heard, PlanCame, Uplink
from edge.health import Health
from edge.inputs import CameraChanged, DeviceState, ReaderChanged
from edge.lines import Noticed
from edge.mailbox import Mailbox
from edge.node import Node, Rim, unfit
from edge.notify import Notify, beating
from edge.plans.judging import NO_KEY
from edge.plans.planner import Planner, Start, start
from edge.plans.standing import Standing, remarks, stand
from edge.pseudonym import pseudonym
from edge.reader.settings import Settings as ReaderSettings
from edge.taps import Quiet

DRAIN_S: Final = 5.0
"""How long a node that is told to stop goes on sending what has no receipt yet."""
_LIGHT: Final = b'{"light":"kept"}'

notes = logging.getLogger("aisle-edge")


def run(config: Config, *, time_service: Path | None = None) -> int:
    """Run a node until SIGTERM or SIGINT; then end what is open, send what can be sent, and return 0.

    Where systemd-timesyncd's folder is given, what is kept before that has set the clock waits for it, for a while.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a still may lie in this process's memory for a moment
    mailbox = Mailbox()
    logs = _logs(config)
    opened = logs.open()
    begun = start(config.data, config.plan, config.me)
    planner = Planner(folder=config.data, me=config.me, ways=config.ways, begun=begun, say=mailbox.put, notes=notes)

    def hear(heard: Heard) -> None:
        if isinstance(heard, PlanCame):
            planner.put(heard.payload)
        else:
            mailbox.put(heard)

    uplink = Uplink(config.credentials, hear=hear)
    outbox = _outbox(config, logs, opened, uplink)
    standing = _standing(config, begun)
    readers = {reader.name: _reader(reader, mailbox.put) for reader in config.settings.reader}
    crew = Crew(_camera, mailbox.put)
    node = Node(
        mailbox=mailbox,
        outbox=outbox,
        standing=standing,
        health=_health(config, begun),
        commands=_commands(config, uplink, crew),
        rim=_rim(config, uplink, crew, readers, time_service),
        quiet=Quiet(),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for lost in unfit(standing, time.monotonic()):
        mailbox.put(lost)
    uplink.start()
    planner.start()
    for child in readers.values():
        child.start()
    crew.man(standing.jobs)
    works = f"{config.credentials.username}: {len(readers)} readers, {len(config.settings.camera)} cameras"
    notes.info("%s runs with %d readers and %d cameras", config.me.node, len(readers), len(config.me.cameras))
    notify = Notify(os.environ)
    notify.ready(works)

    def well() -> bool:
        return crew.running and planner.running and all(child.running for child in readers.values())

    node.run(beating(notify, ended=lambda: stop.is_set() or not well(), clock=time.monotonic))
    notify.stopping()
    for child in readers.values():
        child.stop(2.0)
    crew.stop()
    node.close()
    _drain(node, outbox)
    uplink.stop()
    planner.stop()
    outbox.close()
    return 0 if stop.is_set() else 1


def check(config: Config) -> list[str]:
    """What of the plan this node could not use, and which devices are away, in words; it would run without them."""
    begun = start(config.data, config.plan, config.me)
    standing = _standing(config, begun)
    problems = [] if begun.problem is None else [f"the plan that the cloud sent last: {begun.problem.reason}"]
    try:
        glance(config.log_path)
    except LogDamaged as error:
        problems.append(f"what cannot be read any more of the events that wait: {error}")
    broken = {**standing.unfit, **standing.found.broken_marks}
    return [*problems, *(f"{name}: {reason}" for name, reason in broken.items()), *_away(config)]


def _away(config: Config) -> list[str]:
    """Readers and cameras that are not there now, in words; the node looks for them again and again."""
    places = [(reader.name, Path(reader.device)) for reader in config.settings.reader]
    places += [(camera.name, Path(camera.source)) for camera in config.settings.camera if not camera.is_stream]
    missing = [f"{name}, for now: there is no {place}" for name, place in places if not place.exists()]
    return missing + [f"{name}, for now: {place} is a folder" for name, place in places if place.is_dir()]


def status(config: Config) -> dict[str, str | int | None]:
    """What the node's log holds; it is only read. Without a log, `epoch` is None. Raises LogDamaged, LogUnusable."""
    begun = start(config.data, config.plan, config.me)
    head = glance(config.log_path) or Head(epoch="", produced=0, receipted=0, dropped=0, store_id=None)
    left = [found for path in earlier(config.log_path) if (found := glance(path))]
    return {
        "node": config.credentials.username,
        "plan": None if begun.plan is None else begun.plan.version,
        "epoch": head.epoch or None,
        "store_id": head.store_id,
        "produced": head.produced + head.dropped,
        "receipted": head.receipted,
        "pending": head.produced - head.receipted,
        "dropped": head.dropped,
        "earlier": sum(found.produced - found.receipted for found in left),
    }


def _standing(config: Config, begun: Start) -> Standing:
    standing = stand(begun.plan, config.ways)
    for level, remark in remarks(standing):
        notes.log(level, "%s", remark)
    return standing


def _health(config: Config, begun: Start) -> Health:
    me = config.me
    health = Health(readers=me.readers, cameras=me.cameras)
    health.planned(None if begun.plan is None else begun.plan.version)
    if begun.problem is not None:
        notes.error("the plan is not taken %s", begun.problem.reason)
        health.not_planned(begun.problem.reason, begun.problem.kind)
    elif me.cloud_key is None:
        health.not_planned(NO_KEY)
    return health


def _commands(config: Config, uplink: Uplink, crew: Crew) -> Commands:
    reach = Reach(send_answer=uplink.send_answer, send_still=uplink.send_still, tell_camera=crew.send)
    badges = Badges(config.data / "badges")
    if badges.problem:
        notes.error("%s", badges.problem)
    return Commands(config.me, reach, since_ms=round(time.time() * 1000), notes=notes, badges=badges)


def _logs(config: Config) -> Logs:
    return Logs(
        path=config.log_path,
        new_epoch=lambda: secrets.token_hex(16),
        max_bytes=config.settings.log_mb * 1_000_000,
        now_ms=lambda: round(time.time() * 1000),
        notes=notes,
    )


def _outbox(config: Config, logs: Logs, opened: Opened, uplink: Uplink) -> Outbox:
    return Outbox(
        opened.log,
        store=config.credentials.store,
        node=config.credentials.username,
        send=uplink.send_batch,
        renew=uplink.renew,
        notes=notes,
        earlier=opened.earlier,
        mend=logs.open,
    )


def _rim(config: Config, uplink: Uplink, crew: Crew, readers: Mapping[str, Child], time_service: Path | None) -> Rim:
    return Rim(
        clock=functools.partial(clocks.clock, clocks.boot(), clocks.unset(time_service)),
        pseudonym=lambda uid: pseudonym(uid, key=config.pseudonym_key),
        light=_lights(readers),
        heed=lambda camera, attention: crew.send(camera, encode(attention)),
        send_health=uplink.send_health,
        send_live=uplink.send_live,
        man=crew.man,
    )


def _drain(node: Node, outbox: Outbox) -> None:
    deadline = time.monotonic() + DRAIN_S
    while outbox.waiting and time.monotonic() < deadline:
        node.settle()
    notes.info("stopped with %d events still to send", outbox.waiting)


def _lights(readers: Mapping[str, Child]) -> Callable[[Tap], None]:
    def light(tap: Tap) -> None:
        readers[tap.reader].send(_LIGHT)

    return light


def _reader(settings: ReaderSettings, say: Callable[[Noticed], None]) -> Child:
    def changed(state: DeviceState, reason: str, at: float) -> Noticed:
        return ReaderChanged(reader=settings.name, state=state, reason=reason, at=at)

    return _child("edge.reader", settings.name, settings, say=say, changed=changed)


def _camera(settings: CameraJob, say: Callable[[Noticed], None]) -> Child:
    def changed(state: DeviceState, reason: str, at: float) -> Noticed:
        return CameraChanged(camera=settings.name, state=state, reason=reason, at=at)

    return _child("edge.camera", settings.name, settings, say=say, changed=changed)


def _child(
    module: str,
    name: str,
    settings: ReaderSettings | CameraJob,
    *,
    say: Callable[[Noticed], None],
    changed: Callable[[DeviceState, str, float], Noticed],
) -> Child:
    command = (sys.executable, "-m", module)
    return Child(
        Programme(name=name, command=command, config=msgspec.json.encode(settings)),
        say=say,
        changed=changed,
        clock=time.monotonic,
        chance=random.Random(),
        log=notes,
    )
