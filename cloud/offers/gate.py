"""Whether an advertisement may go out at this very moment: asked before each attempt to send it."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from cloud.offers import decision, law
from cloud.offers.channels import Channel
from cloud.offers.gathering import person_at
from cloud.offers.refusals import Refusal
from cloud.offers.situation import Terms
from cloud.store import preferences
from cloud.store.shoppers import StoredMessage

OFFER: Final = "offer"
"""The kind of message that advertises; no other does."""


def may_send(
    connection: sqlite3.Connection, person: int, channel: Channel, now_ms: int, *, zone: str = law.KOREA
) -> Refusal | None:
    """The reason why it may not, or None; NO_CONSENT too where the person was forgotten.

    It asks what may have changed since the decision: consent, suppression, the law's night and the shopper's own
    hours. `Refusal.NIGHT` and `Refusal.OWN_HOURS` pass by themselves, the others do not. `zone` is the store's.
    """
    known = person_at(connection, person, now_ms)
    if known is None:
        return Refusal.NO_CONSENT
    # Its sender stands in the message itself, since it was made.
    terms = Terms(zone=law.zone_for(zone, preferences.of(connection, person).zone))
    return decision.may_send(now_ms, channel, known, terms)


def deliverable(
    connection: sqlite3.Connection, person: int, kept: Sequence[StoredMessage], now_ms: int, *, zone: str
) -> Sequence[StoredMessage]:
    """Of the messages that a page missed, those that may be sent to it now; offers wait for no later page."""
    if not any(message.kind == OFFER for message in kept):
        return kept
    refused = may_send(connection, person, Channel.LIVE, now_ms, zone=zone)
    return [message for message in kept if message.kind != OFFER or refused is None]
