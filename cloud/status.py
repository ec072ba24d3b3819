"""The account of every node as one JSON object."""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import asdict

from msgspec import Raw
from msgspec import json as msgjson

from cloud.store import accounts, identity, quarantine
from cloud.store.accounts import EpochAccount, by_node, total


def status(connection: sqlite3.Connection) -> bytes:
    """Per node: each epoch's account, newest last, and the last health as it came; totals; the quarantine.

    *produced = stored + quarantined + pending + dropped + difference*, for each epoch and in the totals.
    """
    found = accounts.accounts(connection)
    health = {it.node: it for it in accounts.latest(connection)}
    nodes = {
        node: _figures(epochs)
        | {
            "epochs": [_epoch(it) for it in epochs],
            "health_received_ms": health[node].received_ms if node in health else None,
            "health": Raw(health[node].body.encode()) if node in health else None,
        }
        for node, epochs in by_node(found).items()
    }
    counts = quarantine.counts(connection)
    return msgjson.encode(
        {
            "store_id": identity.read(connection).store_id,
            "nodes": nodes,
            "totals": _figures(found),
            "quarantine": {
                "messages_of_nobody": counts.messages,
                "kept_bytes": counts.kept_bytes,
                "not_kept_messages": counts.full_messages,
                "not_kept_events": counts.full_events,
            },
        }
    )


def _figures(epochs: Collection[EpochAccount]) -> dict[str, object]:
    return asdict(total(epochs))


def _epoch(account: EpochAccount) -> dict[str, object]:
    begin: dict[str, object] = {"epoch": account.epoch, "begun_ms": account.begun_ms, "through": account.through}
    return begin | _figures([account]) | {"health_ms": account.health_ms}


def line(kept: quarantine.Kept) -> str:
    """A misfit as a JSON line; bytes that are no text are shown with escapes."""
    misfit = kept.misfit
    return json.dumps(
        {
            "id": kept.id,
            "received_ms": misfit.received_ms,
            "topic": misfit.topic,
            "version": misfit.version,
            "sequence": misfit.place and misfit.place.sequence,
            "reason": misfit.reason,
            "raw": misfit.raw.decode("utf-8", "backslashreplace"),
        },
        ensure_ascii=False,
    )
