"""One node, wired by hand."""

import logging
import os
import random
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from contract.events import Cause, Tap
from edge.attention import encode
from edge.camera.settings import Job as CameraJob
from edge.children.child import Child, Programme
from edge.config import Config
from edge.counting.watch import Watch
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Uplink
from edge.facts import Clock
from edge.health import Health
from edge.inputs import CameraChanged, DeviceState, ReaderChanged
from edge.jobs import job
from edge.lines import Noticed
from edge.mailbox import Mailbox
from edge.node import Node, Rim
from edge.notify import Notify, beating
from edge.pseudonym import pseudonym
from edge.reader.settings import Settings as ReaderSettings
from edge.survey import Survey, survey
from edge.taps import Quiet

DRAIN_S: Final = 5.0
"""How long a node that is told to stop goes on sending what has no receipt yet."""
WHOLE: Final = 0.995
"""The share of a zone in sight below which somebody should know."""
_LIGHT: Final = b'{"light":"kept"}'

notes = logging.getLogger("aisle-edge")


def run(config: Config) -> int:
    """Run a node until SIGTERM or SIGINT; then end what is open, send what can be sent, and return 0."""
    settings = config.settings
    mailbox = Mailbox()
    log = _log(config)
    uplink = Uplink(config.credentials, hear=mailbox.put)
    outbox = Outbox(
        log,
        store=config.credentials.store,
        node=config.credentials.username,
        send=uplink.send_batch,
        renew=uplink.renew,
        notes=notes,
    )
    found = survey(config.plan, [camera.name for camera in settings.camera], cell=settings.cell_mm / 1000)
    readers = {reader.name: _reader(reader, mailbox.put) for reader in settings.reader}
    cameras = {
        camera.name: _camera(job(camera, config.spot(camera.name), found.floors[camera.name]), mailbox.put)
        for camera in settings.camera
        if camera.name in found.floors
    }
    node = Node(
        mailbox=mailbox,
        outbox=outbox,
        watch=_watch(config, found),
        health=Health(readers=readers, cameras=[camera.name for camera in settings.camera]),
        rim=Rim(
            clock=_clock,
            pseudonym=lambda uid: pseudonym(uid, key=config.pseudonym_key),
            light=_lights(readers),
            heed=lambda camera, attention: cameras[camera].send(encode(attention)),
            send_health=uplink.send_health,
            send_live=uplink.send_live,
        ),
        quiet=Quiet(),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _tell_broken(found, mailbox.put)
    uplink.start()
    children = [*readers.values(), *cameras.values()]
    for child in children:
        child.start()
    notes.info("%s runs with %d readers and %d cameras", config.credentials.username, len(readers), len(cameras))
    notify = Notify(os.environ)
    notify.ready(f"{config.credentials.username}: {len(readers)} readers, {len(cameras)} cameras")
    ended = beating(
        notify, ended=lambda: stop.is_set() or not all(child.running for child in children), clock=time.monotonic
    )
    node.run(ended)
    notify.stopping()
    for child in children:
        child.stop(2.0)
    node.close()
    _drain(node, outbox)
    uplink.stop()
    outbox.close()
    return 0 if stop.is_set() else 1


def check(config: Config) -> list[str]:
    """What of the plan this node could not use, in words; it would run without it."""
    found = survey(config.plan, [each.name for each in config.settings.camera], cell=config.settings.cell_mm / 1000)
    broken = {**found.broken_cameras, **found.broken_marks}
    return [f"{name}: {reason}" for name, reason in broken.items()]


def status(config: Config) -> dict[str, str | int | None]:
    """What the node's log holds."""
    log = _log(config)
    try:
        return {
            "node": config.credentials.username,
            "epoch": log.epoch,
            "store_id": log.store_id,
            "produced": log.produced + log.dropped,
            "receipted": log.receipted,
            "pending": log.pending,
            "dropped": log.dropped,
        }
    finally:
        log.close()


def _log(config: Config) -> Log:
    max_bytes = config.settings.log_mb * 1_000_000
    return Log(config.log_path, new_epoch=lambda: secrets.token_hex(16), max_bytes=max_bytes)


def _clock() -> Clock:
    return Clock(monotonic=time.monotonic(), wall=time.time())


def _drain(node: Node, outbox: Outbox) -> None:
    deadline = time.monotonic() + DRAIN_S
    while outbox.pending and time.monotonic() < deadline:
        node.settle()
    notes.info("stopped with %d events still to send", outbox.pending)


def _lights(readers: dict[str, Child]) -> Callable[[Tap], None]:
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


def _watch(config: Config, found: Survey) -> Watch:
    for name, error in found.errors.items():
        cells = found.regions[name].cells
        notes.info("%s is calibrated to %.1f cm at its worst point and answers for %d cells", name, 100 * error, cells)
    watch = Watch(
        floors=found.floors,
        regions=found.regions,
        ground=found.ground,
        cell_mm=config.settings.cell_mm,
        period_s=config.settings.figures_every_s,
    )
    for zone, share in watch.in_sight.items():
        if share < WHOLE:
            notes.warning(
                "of the zone %s this node's cameras see %.0f %%: it is never covered better", zone, 100 * share
            )
    return watch


def _tell_broken(found: Survey, say: Callable[[Noticed], None]) -> None:
    """What of the plan cannot be used: the node runs with the rest, and the gap is told as one."""
    for name, reason in found.broken_marks.items():
        notes.error("%s is not counted: %s", name, reason)
    for name, reason in found.broken_cameras.items():
        notes.error("%s is not used: %s", name, reason)
        at = time.monotonic()
        say(CameraChanged(camera=name, state=DeviceState.LOST, reason=reason, at=at, cause=Cause.MISFIT))
