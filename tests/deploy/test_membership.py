"""The members' figures tell what went wrong, and nothing else."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.diary import Noted, read_diary
from deploy.demo.membership import Kept, Rates, membership

RATES = Rates(tap=10, review=50, sale_per_mille=10)
KEPT = Kept(
    coupons_claimed=1,
    coupons_redeemed=1,
    pushes_sent=1,
    adverts_pushed=1,
    adverts_told=1,
    requests_asked=1,
    requests_done=1,
    points_sum=0,
    points_astray=0,
)
SALE = {
    "member": "member",
    "total": 13_000,
    "due": 12_490,
    "points": {"spent": 10, "earned": 124},
    "coupons": [{"off": 500}, {"refused": "over"}],
}
DAY: list[dict[str, object]] = [
    {"kind": "page", "at": 0, "shopper": 7, "status": 200},
    {"kind": "chose", "at": 1, "shopper": 7, "choices": ["ads.push", "history", "offers"]},
    {"kind": "coupon", "at": 2, "shopper": 7, "held": True},
    {"kind": "heard", "at": 3, "shopper": 7, "event": "offer", "title": {"ko": "(광고) 다온상회", "en": "(광고) Daon"}},
    {"kind": "pushed", "at": 4, "shopper": 7, "title": "(광고) 다온상회"},
    {"kind": "ask", "at": 5, "shopper": 7, "status": 200},
    {"kind": "sale", "at": 6, "sale": "1-day-3-7", "status": 201, "said": json.dumps(SALE)},
    {"kind": "review", "at": 7, "shopper": 7, "status": 200},
    {"kind": "balance", "at": 8, "shopper": 7, "points": 174},
]


def noted(lines: list[dict[str, object]]) -> tuple[Noted, ...]:
    return read_diary(json.dumps(line).encode() for line in lines)


def figures(lines: list[dict[str, object]], kept: Kept = KEPT) -> dict[str, object]:
    return membership(noted(lines), kept, RATES, pushes_refused=0)


def test_a_day_on_which_all_went_well_has_no_difference() -> None:
    got = figures(DAY)
    pairs = {name: value for name, value in got.items() if isinstance(value, list)}
    assert all(seen == has == 1 for seen, has in pairs.values())
    assert (got["points_members"], got["points_shown"]) == (1, 174)
    assert [got[name] for name in ("points_unmatched", "adverts_unlabelled", "adverts_unwanted")] == [0, 0, 0]


def changed(at: int, **values: object) -> list[dict[str, object]]:
    return [line | values if place == at else line for place, line in enumerate(DAY)]


@pytest.mark.parametrize(
    ("lines", "figure", "value"),
    [
        (changed(8, points=173), "points_unmatched", 1),
        (changed(4, title="다온상회"), "adverts_unlabelled", 1),
        (changed(3, title={"ko": "(광고) 다온상회", "en": "Daon"}), "adverts_unlabelled", 1),
        (changed(1, choices=["history", "offers"]), "adverts_unwanted", 1),
        (changed(1, choices=["history", "ads.push"]), "adverts_unwanted", 2),
        ([*DAY[:2], {"kind": "stop", "at": 2, "shopper": 7, "status": 200}, *DAY[2:]], "adverts_unwanted", 2),
        (changed(2, held=False), "coupons_claimed", [0, 1]),
        (changed(5, status=403), "requests_asked", [0, 1]),
    ],
)
def test_what_went_wrong_is_told(lines: list[dict[str, object]], figure: str, value: object) -> None:
    assert figures(lines)[figure] == value


def test_what_a_refused_stop_did_not_stop_is_no_breach() -> None:
    stop = {"kind": "stop", "at": 2, "shopper": 7, "status": 404}
    assert figures([*DAY[:2], stop, *DAY[2:]])["adverts_unwanted"] == 0


def test_a_void_takes_back_what_the_sale_gave() -> None:
    said = {"points": {"given_back": 10, "taken_back": 124}, "coupons": 1}
    void = {"kind": "void", "at": 8, "sale": "1-day-3-7", "status": 201, "said": json.dumps(said)}
    for points in (60, 10):  # the review was paid for before the void, or was not any more after it
        got = figures([*DAY[:8], void, {"kind": "balance", "at": 9, "shopper": 7, "points": points}])
        assert (got["points_unmatched"], got["coupons_redeemed"]) == (0, [0, 1])
    assert figures([*DAY[:8], void, DAY[8]])["points_unmatched"] == 1


def test_a_member_of_an_earlier_day_is_not_reckoned_anew() -> None:
    got = figures([{"kind": "came-again", "at": 0, "shopper": 7}, *DAY])
    assert (got["points_members"], got["points_unmatched"]) == (0, 0)


@settings(max_examples=100, deadline=None)
@given(missing=st.integers(1, 50))
def test_a_push_that_the_cloud_sent_and_nobody_got_is_a_difference(missing: int) -> None:
    got = figures(DAY, replace(KEPT, pushes_sent=1 + missing, adverts_pushed=1 + missing))
    assert got["pushes_received"] == [1, 1 + missing]
    assert got["adverts_unlabelled"] == missing
