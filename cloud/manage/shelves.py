"""Which readers, tags and products belong to which zone of a plan, so that a tap and a sale have a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A zone, or a product: where its taps are made, which goods are its sales, and whose stops may lead to them."""

    zones: tuple[str, ...]
    taps: tuple[str, ...]  # readers and tags
    goods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """All zones and all products of a plan."""

    zones: Mapping[str, Place]
    products: Mapping[str, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of whom the totals are: names in the plan. `stop_bin`: the class of length from which on a stay is a stop."""

    zones: Sequence[str]
    selling: frozenset[str]  # the zones whose people the store's own chain is about
    lines: Sequence[str]
    cameras: Sequence[str]
    shelves: Shelves
    stop_bin: int


def shelves_of(plan: Plan) -> Shelves:
    """The plan's zones and products. A product that lies in several zones is sold by the first, so as to count once."""
    zone_of = {shelf.id: shelf.zone for shelf in plan.shelves}
    held = [(zone_of[shelf.id], gtin) for shelf in plan.shelves for gtin in shelf.products]
    held += [(zone_of[tag.shelf], tag.gtin) for tag in plan.tags]
    held += [(reader.zone, reader.gtin) for reader in plan.readers if reader.gtin]
    places = [(zone_of[tag.shelf], tag.gtin, tag.id) for tag in plan.tags]
    places += [(reader.zone, reader.gtin or "", reader.id) for reader in plan.readers]
    order = {zone.id: place for place, zone in enumerate(plan.zones)}
    zones_of = {
        gtin: tuple(sorted({zone for zone, other in held if other == gtin and zone}, key=order.__getitem__))
        for gtin in sorted({gtin for _, gtin in held})
    }
    return Shelves(
        zones={
            zone.id: Place(
                zones=(zone.id,),
                taps=tuple(name for where, _, name in places if where == zone.id),
                goods=tuple(gtin for gtin, zones in zones_of.items() if zones[:1] == (zone.id,)),
            )
            for zone in plan.zones
        },
        products={
            gtin: Place(zones=zones, taps=tuple(name for _, what, name in places if what == gtin), goods=(gtin,))
            for gtin, zones in zones_of.items()
        },
    )
