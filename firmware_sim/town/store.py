"""A store's files read together: plan, scenario and goods that fit each other."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from contract.messages import WireError
from contract.plan import Camera, Plan, ZoneKind, decode_plan
from firmware_sim.camera.optics import pairs_of
from firmware_sim.town.catalogue import Product, read_catalogue
from firmware_sim.town.scenario import Scenario, read_scenario
from firmware_sim.town.tag_list import TagRow, read_tags


class StoreError(ValueError):
    """The store's files are wrong or do not fit each other; the message says which and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the simulated world is built from."""

    plan: Plan
    scenario: Scenario
    products: dict[str, Product]  # by GTIN
    tags: tuple[TagRow, ...]

    def camera(self, name: str) -> Camera:
        """A camera of the plan. Raises StoreError naming those that there are."""
        for camera in self.plan.cameras:
            if camera.id == name:
                return camera
        raise StoreError(f"camera {name!r} is not in the plan; it has {', '.join(c.id for c in self.plan.cameras)}")


def read_store(folder: Path) -> Store:
    """The store of a folder with plan.json, scenario.toml, products.csv and tags.csv. Raises StoreError."""
    try:
        plan = decode_plan((folder / "plan.json").read_bytes())
        scenario = read_scenario(folder / "scenario.toml")
        products = {product.gtin: product for product in read_catalogue(folder / "products.csv")}
        tags = read_tags(folder / "tags.csv", plan)
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from None
    except (WireError, ValueError) as error:
        raise StoreError(str(error)) from None
    _check_fit(plan, scenario, products)
    return Store(plan=paired(plan), scenario=scenario, products=products, tags=tags)


def paired(plan: Plan) -> Plan:
    """The plan with calibration pairs for each camera that has none."""
    cameras = tuple(
        camera if camera.pairs else msgspec.structs.replace(camera, pairs=pairs_of(camera)) for camera in plan.cameras
    )
    return msgspec.structs.replace(plan, cameras=cameras)


def _check_fit(plan: Plan, scenario: Scenario, products: dict[str, Product]) -> None:
    zones = {zone.id for zone in plan.zones if zone.kind is ZoneKind.SHELF}
    for zone in scenario.popularity:
        if zone not in zones:
            raise StoreError(f"scenario: popularity.{zone}: the plan's shelf zones are {', '.join(sorted(zones))}")
    if not any(scenario.popularity.values()):
        raise StoreError("scenario: popularity: at least one zone must draw somebody (a number above 0)")
    named = [gtin for shelf in plan.shelves for gtin in shelf.products] + [tag.gtin for tag in plan.tags]
    named += [reader.gtin for reader in plan.readers if reader.gtin]
    for gtin in named:
        if gtin not in products:
            raise StoreError(f"plan: product {gtin} is not in products.csv")
    if not plan.lines:
        raise StoreError("plan: lines is empty; people need an entrance")
