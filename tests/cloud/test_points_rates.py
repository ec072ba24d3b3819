from datetime import datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import config
from cloud.errors import UserError
from cloud.points.rates import Rates, Rounding, Scheme, day_began_ms, expires_ms, for_sale, remaining

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")


def ms(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def scheme(months: int, zone: ZoneInfo) -> Scheme:
    return Scheme(rates=Rates(expiry_months=months), zone=zone)


@pytest.mark.parametrize(
    ("given_at", "months", "zone", "ends"),
    [
        ("2026-11-22 12:00", 24, SEOUL, "2028-11-23 00:00"),
        ("2026-11-22 23:59", 1, SEOUL, "2026-12-23 00:00"),
        ("2026-11-23 00:00", 1, SEOUL, "2026-12-24 00:00"),
        ("2026-01-31 09:00", 1, SEOUL, "2026-03-01 00:00"),  # the 28th is February's last
        ("2028-02-29 09:00", 12, SEOUL, "2029-03-01 00:00"),
        ("2026-09-25 10:00", 1, BERLIN, "2026-10-26 00:00"),  # the day has 25 hours, and ends with its last
        ("2026-02-28 10:00", 1, BERLIN, "2026-03-29 00:00"),
        ("2026-02-28 23:30", 13, BERLIN, "2027-03-29 00:00"),
    ],
)
def test_a_point_ends_with_the_stores_own_day(given_at: str, months: int, zone: ZoneInfo, ends: str) -> None:
    assert expires_ms(ms(given_at, zone), scheme(months, zone)) == ms(ends, zone)


def test_a_day_begins_at_the_stores_midnight_also_when_clocks_change() -> None:
    assert day_began_ms(ms("2026-03-29 12:00", BERLIN), BERLIN) == ms("2026-03-29 00:00", BERLIN)
    assert day_began_ms(ms("2026-11-22 00:00", SEOUL), SEOUL) == ms("2026-11-22 00:00", SEOUL)


@pytest.mark.parametrize(
    ("rounding", "paid", "points"),
    [
        (Rounding.DOWN, 25_699, 256),
        (Rounding.UP, 25_601, 257),
        (Rounding.HALF_UP, 25_649, 256),
        (Rounding.HALF_UP, 25_650, 257),
        (Rounding.DOWN, 99, 0),
        (Rounding.UP, 0, 0),
        (Rounding.UP, -5_000, 0),
    ],
)
def test_parts_of_a_point_are_rounded_as_the_store_says(rounding: Rounding, paid: int, points: int) -> None:
    assert for_sale(Rates(rounding=rounding), paid) == points


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 10**6),
    st.integers(-10, 10**6 + 10),
    st.sampled_from((Rounding.DOWN, Rounding.UP)),
)
def test_what_remains_is_the_exact_share_but_for_less_than_one(
    whole: int, total: int, left: int, favour: Rounding
) -> None:
    share = Fraction(whole * min(max(left, 0), total), total)
    kept = remaining(whole, left=left, total=total, favour=favour)

    assert (share - 1 < kept <= share) if favour is Rounding.DOWN else (share <= kept < share + 1)
    assert remaining(whole, left=total, total=total, favour=favour) == whole
    assert remaining(whole, left=0, total=total, favour=favour) == 0


def test_the_rates_are_settings_of_the_store(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text('store = "daon"\n[points]\ntap = 3\nrounding = "half-up"\nexpiry_months = 12\n')
    rates = config.load(file).points
    assert (rates.tap, rates.rounding, rates.expiry_months, rates.review) == (3, Rounding.HALF_UP, 12, 50)

    file.write_text('store = "daon"\n[points]\nvalue = 0\n')
    with pytest.raises(UserError, match="value"):
        config.load(file)
