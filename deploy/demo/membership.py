"""What members got, beside what they should have got: coupons, points, pushes, advertising, and what staff did."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from deploy.demo.diary import (
    Acted,
    Back,
    Balance,
    CameAgain,
    Chose,
    CouponHeld,
    Heard,
    Noted,
    PushedTo,
    Sale,
    Stopped,
    Told,
)

LABEL: Final = "(광고)"
"""With this every advertisement has to begin (Korean Network Act, article 50)."""
_ADS: Final = frozenset(("offers", "ads.push"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What points the store promises."""

    tap: int
    review: int
    sale_per_mille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the cloud has of this day."""

    coupons_claimed: int
    coupons_redeemed: int
    pushes_sent: int
    adverts_pushed: int
    adverts_told: int  # to open pages
    requests_asked: int
    requests_done: int
    points_sum: int  # over all accounts of the ledger, the store's among them
    points_astray: int  # in transfers whose two sides are not equal


def membership(noted: Iterable[Noted], kept: Kept, rates: Rates, *, pushes_refused: int) -> dict[str, object]:
    """The figures by name; a pair is what the simulator saw and what the cloud has."""
    lines = tuple(noted)
    pushed = [each.line for each in lines if isinstance(each.line, PushedTo)]
    labelled = [each for each in pushed if each.title.startswith(LABEL)]
    told = [each.line for each in lines if isinstance(each.line, Heard) and each.line.event == "offer"]
    claimed = sum(isinstance(each.line, CouponHeld) and each.line.held for each in lines)
    shown, wrong = _balances(lines, rates)
    return {
        "coupons_claimed": [claimed, kept.coupons_claimed],
        "coupons_redeemed": [_redeemed(lines), kept.coupons_redeemed],
        "points_sum": kept.points_sum,
        "points_astray": kept.points_astray,
        "points_members": len(shown),
        "points_shown": sum(shown.values()),
        "points_unmatched": wrong,
        "pushes_received": [len(pushed), kept.pushes_sent],
        "pushes_refused": pushes_refused,
        "adverts_pushed": [len(labelled), kept.adverts_pushed],
        "adverts_told": [len(told), kept.adverts_told],
        "adverts_unlabelled": kept.adverts_pushed - len(labelled) + sum(not _labelled(each) for each in told),
        "adverts_unwanted": _unwanted(lines),
        "requests_asked": [sum(each.kind == "ask" and each.done for each in lines), kept.requests_asked],
        "requests_done": kept.requests_done,
    }


def _labelled(heard: Heard) -> bool:
    titles = heard.title.values() if isinstance(heard.title, dict) else [heard.title or ""]
    return all(title.startswith(LABEL) for title in titles) and bool(titles)


def _unwanted(lines: tuple[Noted, ...]) -> int:
    """Advertising to somebody who had not agreed to it at that moment."""
    agreed: dict[int, frozenset[str]] = defaultdict(frozenset)
    unwanted = 0
    for each in lines:
        match each.line:
            case Chose(shopper=shopper, choices=choices):
                agreed[shopper] = choices
            case Stopped(shopper=shopper) if each.done:
                agreed[shopper] -= _ADS
            case PushedTo(shopper=shopper, title=title) if title.startswith(LABEL):
                unwanted += not agreed[shopper] >= _ADS
            case Heard(shopper=shopper, event="offer"):
                unwanted += "offers" not in agreed[shopper]
            case _:
                pass
    return unwanted


def _redeemed(lines: tuple[Noted, ...]) -> int:
    """Coupons that took something off, less those that a void gave back."""
    return sum(coupon.off > 0 for _, sale in _sales(lines) for coupon in sale.coupons) - sum(
        back.coupons for _, back in _backs(lines)
    )


def _balances(lines: tuple[Noted, ...], rates: Rates) -> tuple[dict[int, int], int]:
    """The points that each new member's page showed last, and how many of these are not what was promised."""
    again = {each.line.shopper for each in lines if isinstance(each.line, CameAgain)}
    shown = {
        each.line.shopper: each.line.points
        for each in lines
        if isinstance(each.line, Balance) and each.line.points is not None and each.line.shopper not in again
    }
    return shown, sum(points not in _promised(shopper, lines, rates) for shopper, points in shown.items())


def _promised(shopper: int, lines: tuple[Noted, ...], rates: Rates) -> set[int]:
    """What a member has to have; two figures where a review and a void of its purchase crossed each other."""
    own = [each for each in lines if isinstance(each.line, Chose | Acted) and each.line.shopper == shopper]
    shares = any("history" in each.line.choices for each in own if isinstance(each.line, Chose))
    bought = [(number, sale) for number, sale in _sales(lines) if _buyer(number) == shopper and sale.member == "member"]
    earned = sum(sale.due * rates.sale_per_mille // 1_000 for _, sale in bought) if shares else 0
    spent = sum(sale.points.spent for _, sale in bought)
    backs = [back for number, back in _backs(lines) if _buyer(number) == shopper]
    moved = sum(back.points.given_back - back.points.taken_back for back in backs)
    base = (rates.tap if shares else 0) + earned - spent + moved
    reviewed = any(each.kind == "review" and each.done for each in own)
    paid = rates.review if shares and bought and reviewed else 0
    return {base + paid, base} if backs and paid else {base + paid}


def _sales(lines: tuple[Noted, ...]) -> Iterator[tuple[str, Sale]]:
    """The sales that the cloud took, by the till's number; it notes each once, however often it told of it."""
    told = {
        each.line.sale: each.line for each in lines if each.kind == "sale" and each.done and isinstance(each.line, Told)
    }
    for number, line in told.items():
        yield number, msgspec.json.decode(line.said, type=Sale)


def _backs(lines: tuple[Noted, ...]) -> Iterator[tuple[str, Back]]:
    for each in lines:
        if each.kind in {"void", "return"} and each.done and isinstance(each.line, Told):
            yield each.line.sale, msgspec.json.decode(each.line.said, type=Back)


def _buyer(sale: str) -> int:
    """Whose a sale of the day is: its number ends with the shopper's. The page's visitor is 0."""
    last = sale.removesuffix("-plain").rpartition("-")[2]
    return int(last) if last.isdecimal() and "-day-" in sale else 0
