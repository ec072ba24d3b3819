"""Reads again what is in quarantine, with what the program has learnt since."""

import sqlite3
from dataclasses import dataclass

from cloud.ingest.decision import BatchRead, Message, Refused, decide, read
from cloud.ingest.intake import store_readings
from cloud.store import events, quarantine, rollups
from cloud.store.connection import Store
from cloud.store.sums import report, summed
from contract.events import DeviceChanged, Heat, Tap
from contract.messages import VERSION, WireError, decode_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many misfits were understood at last, and how many are still none the wiser."""

    understood: int
    left: int


def replay(store: Store, name: str) -> Replayed:
    """Tries each misfit of the store called `name` once, in a transaction of its own."""
    with store.reading() as connection:
        kept = list(quarantine.each(connection))
    understood = sum(_try(store, name, one) for one in kept)
    return Replayed(understood=understood, left=len(kept) - understood)


def _try(store: Store, name: str, kept: quarantine.Kept) -> bool:
    if kept.misfit.version != VERSION:
        return False
    with store.atomic() as connection:
        place = kept.misfit.place
        if place is None:
            done = _message(store, connection, name, kept.misfit)
        else:
            done = _event(connection, kept.misfit, place)
        if done:
            quarantine.forget(connection, kept)
    return done


def _message(store: Store, connection: sqlite3.Connection, name: str, misfit: quarantine.Misfit) -> bool:
    """A batch goes the way of a new one; after a gap it would not be stored, and stays."""
    reading = read(Message(topic=misfit.topic, payload=misfit.raw, received_ms=misfit.received_ms), name)
    match reading:
        case Refused():
            return False
        case BatchRead(batch=batch):
            through = events.progress(connection, batch.node, batch.epoch, misfit.received_ms).through
            decision = decide(batch, through)
            if batch.first > decision.first:
                return False
        case _:
            pass
    store_readings(store, [reading])
    return True


def _event(connection: sqlite3.Connection, misfit: quarantine.Misfit, place: quarantine.Place) -> bool:
    try:
        event = decode_event(misfit.raw)
    except WireError:
        return False
    run = events.Run(first=place.sequence, received_ms=misfit.received_ms, events=[event])
    events.append(connection, place.epoch, run)
    events.release(connection, place.epoch)
    rollups.write_sums(connection, summed([event]))
    match event:
        case Tap():
            events.append_taps(connection, [events.TapPlace(epoch=place.epoch, sequence=place.sequence, tap=event)])
        case Heat():
            rollups.write_reports(connection, place.epoch, [report(event, place.sequence)])
        case DeviceChanged():
            rollups.write_changes(connection, place.epoch, [rollups.Change(sequence=place.sequence, event=event)])
        case _:
            pass
    return True
