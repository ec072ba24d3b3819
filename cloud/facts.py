"""What the ingest tells the rest of the cloud, each after it is stored (or, for `PeopleSeen`, instead)."""

from dataclasses import dataclass

from contract.messages import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class TapStored:
    """A tap is stored; `id` is its `taps.id`, which grows with each and is never used twice."""

    id: int
    node: str
    reader: str
    tag: str | None  # the node's pseudonym of the tag, or None for a phone
    at_ms: int  # by the node's clock
    received_ms: int  # by the cloud's clock, when its message arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupsChanged:
    """Events of this node are stored and its sums are new; read them from the store."""

    node: str
    events: int  # how many were stored at once


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStored:
    """A node gave an account of itself; read it from the store."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSeen:
    """Where one camera sees people at this moment; it is kept nowhere."""

    node: str
    camera: str
    at_ms: int  # by the node's clock
    people: tuple[Person, ...]  # metres on the plan


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWaits:
    """A moment was stored in which an offer may be sent; the dispatcher reads it from the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSaved:
    """The store has a new plan; read it from the store."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListens:
    """The broker let us in, for the first time or again: it may be another one, which holds nothing for the nodes."""


Fact = TapStored | RollupsChanged | HealthStored | PeopleSeen | OfferWaits | PlanSaved | BrokerListens
