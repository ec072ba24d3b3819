"""A whole log as an auditor reads it: each entry's hash, what opens it while its row stands, and each signed head."""

import heapq
import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

from cloud.proof import merkle
from cloud.proof.heads import origin
from cloud.proof.notes import Verifier
from cloud.proof.proofs import Proof
from cloud.proof.verify import FORMAT, Line, Title
from cloud.store import consents, erasures, heads, identity, logs, points
from cloud.store.logs import Log, Opening

OPENINGS: Final[dict[Log, Callable[[sqlite3.Connection], Iterator[Opening]]]] = {
    Log.CONSENT: consents.openings,
    Log.POINTS: points.openings,
}
"""Whose rows a log proves."""


def verifier(connection: sqlite3.Connection, log: Log, public: bytes) -> Verifier:
    """Who signs this log's heads."""
    return Verifier(name=origin(identity.read(connection).store_id, log), public=public)


def title(connection: sqlite3.Connection, log: Log, by: Verifier, *, contents: bool = True) -> Title:
    """The export's first line."""
    size = logs.size(connection, log)
    return Title(aisle_log=FORMAT, origin=by.name, key=str(by), size=size, contents=contents)


def lines(connection: sqlite3.Connection, log: Log, *, contents: bool = True) -> Iterator[Line]:
    """The log's entries in order; without `contents` every one is blinded, and nothing in it is anybody's."""
    openings = iter(_openings(connection, log) if contents else ())
    notes = heads.notes(connection, log)
    opening, head = next(openings, None), next(notes, None)
    for number, leaf in enumerate(logs.leaves(connection, log)):
        found = opening if opening and opening.number == number else None
        signed = head if head and head.size == number + 1 else None
        yield Line(
            entry=number,
            leaf=leaf.hex(),
            nonce=found.nonce.hex() if found else None,
            content=found.content.decode() if found else None,
            head=signed.note if signed else None,
        )
        opening = next(openings, None) if found else opening
        head = next(notes, None) if signed else head


def _openings(connection: sqlite3.Connection, log: Log) -> Iterator[Opening]:
    told = erasures.openings(connection, log)
    return heapq.merge(OPENINGS[log](connection), told, key=lambda opening: opening.number)


def broken_node(connection: sqlite3.Connection, log: Log) -> str | None:
    """The first stored inner node that is not the hash of what is under it, in words; None where all are right."""
    whole = merkle.Frontier()
    for leaf in logs.leaves(connection, log):
        for node in whole.add(leaf):
            try:
                kept = logs.node(connection, log, node.level, node.number)
            except LookupError:
                kept = b""
            if kept != node.digest:
                return f"the inner node {node.number} of level {node.level} is not the hash of what is under it"
    return None


def proof(connection: sqlite3.Connection, log: Log, opening: Opening) -> Proof | None:
    """The proof of one entry under the newest signed head; None while no head covers it."""
    size = heads.last_size(connection, log)
    note = heads.note(connection, log, size)
    if note is None or opening.number >= size:
        return None
    path = merkle.inclusion(opening.number, size, logs.nodes(connection, log))
    return Proof(data=opening.nonce + opening.content, number=opening.number, path=path, note=note)
