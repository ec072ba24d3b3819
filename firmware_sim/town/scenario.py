"""A scenario: how many shoppers come, how long they look, what they carry; one TOML file."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from contract.fields import Name
from contract.plan import Point, Title
from contract.settings import read_settings

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=3_600)]
Spread = Annotated[float, Meta(ge=0, le=1.5)]
Place = Annotated[tuple[Point, ...], Meta(min_length=1, max_length=32)]


class ScenarioError(ValueError):
    """Two values of a scenario do not fit each other; the message names the key, the value and what is allowed."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts have: no key that nobody knows."""


class Door(Part, frozen=True, kw_only=True):
    """The opening in the wall, where people come from outside it and where they go, and the lanes through it."""

    opening: Annotated[tuple[Point, Point], Meta(description="its two ends")]
    come_from: Point
    go_to: Point
    way_in: Point
    way_out: Point


class Arrivals(Part, frozen=True, kw_only=True):
    """A Poisson stream of shoppers that waits outside while the store is full."""

    first_s: Annotated[float, Meta(ge=0, le=3_600)] = 0.5
    mean_gap_s: Seconds
    at_most_inside: Annotated[int, Meta(ge=1, le=30)]


class Habits(Part, frozen=True, kw_only=True):
    """What shoppers are like: shares of all of them, medians and spreads (standard deviation of the logarithm)."""

    speed_mps: Annotated[tuple[Annotated[float, Meta(ge=0.3, le=2)], ...], Meta(min_length=2, max_length=2)]
    stops: Annotated[tuple[Annotated[int, Meta(ge=0, le=12)], ...], Meta(min_length=2, max_length=2)]
    look_median_s: Seconds
    look_spread: Spread
    hold_median_s: Annotated[float, Meta(ge=0.5, le=60)]
    hold_spread: Spread
    pay_median_s: Annotated[float, Meta(ge=3, le=600)]
    pay_spread: Spread
    card_share: Share
    touch_phone_share: Annotated[float, Meta(ge=0, le=1, description="touch a reader with a phone, no card")]
    tag_phone_share: Annotated[float, Meta(ge=0, le=1, description="open a shelf's tag with their phone")]
    opt_in_share: Annotated[float, Meta(ge=0, le=1, description="of those with a card: begin a profile and bind it")]
    buy_share: Share


class Manners(Part, frozen=True, kw_only=True):
    """What shoppers do with their phones and at the till: shares of those who can."""

    history_share: Share = 0.85
    offers_share: Share = 0.85
    card_share: Share = 0.9
    ads_share: Annotated[float, Meta(ge=0, le=1, description="agree to advertising by push")] = 0.6
    night_share: Annotated[float, Meta(ge=0, le=1, description="of those, at night too")] = 0.3
    push_share: Annotated[float, Meta(ge=0, le=1, description="let notifications onto the phone")] = 0.7
    claim_share: Share = 0.75
    refuse_share: Annotated[float, Meta(ge=0, le=1, description="say 'not now' or stop all advertising")] = 0.15
    points_share: Share = 0.5
    ask_share: Annotated[float, Meta(ge=0, le=1, description='press "bring it"')] = 0.2
    second_phone_share: Share = 0.15
    review_share: Share = 0.5
    spend_share: Annotated[float, Meta(ge=0, le=1, description="pay with points where there are some")] = 0.4
    void_share: Share = 0.06
    return_share: Share = 0.08


class Till(Part, frozen=True, kw_only=True):
    """How often the till has no line to the cloud; it sells on and tells of it afterwards."""

    cut_every_s: Seconds = 90
    cut_for_s: Seconds = 5


class Scenario(Part, frozen=True, kw_only=True):
    """One kind of day."""

    name: Name
    title: Title
    door: Door
    arrivals: Arrivals
    shoppers: Habits
    manners: Manners = Manners()
    till: Till = Till()
    queue: Place
    popularity: dict[Name, Annotated[int, Meta(ge=0, le=1_000)]]


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file. Raises SettingsError, ScenarioError."""
    scenario = read_settings(path, Scenario)
    for key in ("speed_mps", "stops"):
        low, high = getattr(scenario.shoppers, key)
        if low > high:
            raise ScenarioError(f"{path}: shoppers.{key} = [{low}, {high}]; the first must not be above the second")
    if scenario.till.cut_for_s >= scenario.till.cut_every_s:
        raise ScenarioError(f"{path}: till.cut_for_s = {scenario.till.cut_for_s:g}; less than cut_every_s is allowed")
    return scenario
