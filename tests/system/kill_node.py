"""A node to be killed: the real loop, log and uplink, with cards that are waved faster than hands can.

Each tap has a UID of its own, and each green light is written to a ledger outside the system: what the ledger has,
the cloud must have, once. `--forget-on-puback` is the negative control: it deletes what the broker acknowledged.
"""

import argparse
import itertools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from contract.credentials import Credentials
from contract.events import Tap
from contract.messages import Receipt, encode
from contract.settings import read_settings
from contract.topics import Channel, topic
from edge.commands import Commands, Reach
from edge.counting.watch import Watch
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Heard, Received, Uplink
from edge.facts import Clock
from edge.health import Health
from edge.inputs import TagGone, TagSeen
from edge.mailbox import Mailbox
from edge.node import Node, Rim
from edge.pseudonym import StoreKey, pseudonym
from edge.taps import Quiet
from tests.edge.world import ME, standing

READERS = tuple(f"r{n}" for n in range(8))


class Puback:
    """Turns the broker's acknowledgement into a receipt, and drops the cloud's: what this project never does."""

    def __init__(self, mailbox: Mailbox, log: Log) -> None:
        self._mailbox, self._log = mailbox, log
        self._last: dict[int, int] = {}

    def hear(self, heard: Heard) -> None:
        if not isinstance(heard, Received):
            self._mailbox.put(heard)

    def through(self, uplink: Uplink) -> Callable[[bytes], bool]:
        client = uplink._client  # the control reaches where the product must not
        client.on_publish = self._published

        def send(payload: bytes) -> bool:
            batch = msgspec.json.decode(payload)
            info = client.publish(topic(batch["store"], batch["node"], Channel.EVENTS), payload, qos=1)
            self._last[info.mid] = batch["first"] + len(batch["events"]) - 1
            return bool(info.rc == 0)

        return send

    def _published(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        receipt = Receipt(store_id="0" * 32, epoch=self._log.epoch, through=self._last.get(mid, 0))
        self._mailbox.put(Received(payload=encode(receipt)))


def wave(mailbox: Mailbox, prefix: bytes, every: float, rest: Path) -> None:
    """Hold card after card to the readers, each with a UID that was never there before."""
    for number in itertools.count():
        time.sleep(every)
        if rest.exists():
            return
        reader = READERS[number % len(READERS)]
        now = time.monotonic()
        mailbox.put(TagSeen(reader=reader, uid=b"\x04" + prefix + number.to_bytes(3, "big"), random=False, at=now))
        mailbox.put(TagGone(reader=reader, at=now))


NOWHERE = Reach(send_answer=lambda _: False, send_still=lambda _: False, tell_camera=lambda _camera, _line: False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--every", type=float, required=True)
    parser.add_argument("--rest", type=Path, required=True, help="once this file is there, no more cards come")
    parser.add_argument("--forget-on-puback", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)

    credentials = read_settings(arguments.credentials, Credentials)
    log = Log(arguments.log, new_epoch=lambda: os.urandom(16).hex(), max_bytes=50_000_000)
    mailbox = Mailbox()
    control = Puback(mailbox, log) if arguments.forget_on_puback else None
    uplink = Uplink(credentials, hear=control.hear if control else mailbox.put)
    send = control.through(uplink) if control else uplink.send_batch

    ledger = os.open(arguments.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    key = StoreKey(store=credentials.store, secret=b"not a secret at all")

    def light(tap: Tap) -> None:
        assert tap.tag is not None
        os.write(ledger, tap.tag.encode() + b"\n")

    outbox = Outbox(
        log,
        store=credentials.store,
        node=credentials.username,
        send=send,
        renew=uplink.renew,
        notes=logging.getLogger("kill_node"),
    )
    node = Node(
        mailbox=mailbox,
        outbox=outbox,
        standing=standing(Watch(floors={})),
        commands=Commands(ME, NOWHERE, since_ms=0, notes=logging.getLogger("kill_node")),
        health=Health(readers=READERS, cameras=()),
        rim=Rim(
            clock=lambda: Clock(monotonic=time.monotonic(), wall=time.time()),
            pseudonym=lambda uid: pseudonym(uid, key=key),
            light=light,
            heed=lambda camera, attention: True,  # noqa: ARG005 -- a camera that takes every line
            send_health=uplink.send_health,
            send_live=uplink.send_live,
            man=lambda jobs: None,  # noqa: ARG005 -- there are no cameras
        ),
        quiet=Quiet(flicker=0.0),
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    uplink.start()
    threading.Thread(target=wave, args=(mailbox, os.urandom(3), arguments.every, arguments.rest), daemon=True).start()
    node.run(stop.is_set)
    uplink.stop()
    outbox.close()


if __name__ == "__main__":
    main()
