"""The account of every node as one JSON object."""

import json
import sqlite3

from msgspec import Raw
from msgspec import json as msgjson

from cloud.store import accounts, identity, quarantine


def status(connection: sqlite3.Connection) -> bytes:
    """Per node: each epoch's account, newest last, and the last health as it came; totals; the quarantine.

    *produced = stored + quarantined + pending + dropped + difference*, for each epoch and in the totals.
    """
    found = accounts.accounts(connection)
    health = {it.node: it for it in accounts.latest(connection)}
    by_node = {node: [it for it in found if it.node == node] for node in sorted({it.node for it in found})}
    nodes = {
        node: _total(epochs)
        | {
            "epochs": [_epoch(it) for it in epochs],
            "health_received_ms": health[node].received_ms if node in health else None,
            "health": Raw(health[node].body.encode()) if node in health else None,
        }
        for node, epochs in by_node.items()
    }
    counts = quarantine.counts(connection)
    return msgjson.encode(
        {
            "store_id": identity.read(connection).store_id,
            "nodes": nodes,
            "totals": _total(found),
            "quarantine": {
                "messages_of_nobody": counts.messages,
                "kept_bytes": counts.kept_bytes,
                "not_kept_messages": counts.full_messages,
                "not_kept_events": counts.full_events,
            },
        }
    )


_KEYS = ("produced", "stored", "quarantined", "pending", "dropped", "missing", "difference")


def _figures(account: accounts.EpochAccount) -> dict[str, int]:
    values = (
        account.produced,
        account.stored,
        account.quarantined,
        account.pending,
        account.said_dropped,
        account.missing,
        account.difference,
    )
    return dict(zip(_KEYS, values, strict=True))


def _total(found: list[accounts.EpochAccount]) -> dict[str, object]:
    return {key: sum(_figures(it)[key] for it in found) for key in _KEYS}


def _epoch(account: accounts.EpochAccount) -> dict[str, object]:
    begin: dict[str, object] = {"epoch": account.epoch, "begun_ms": account.begun_ms, "through": account.through}
    return begin | _figures(account) | {"health_ms": account.health_ms}


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
