import asyncio
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.pace import MOST, Bucket, Pace, neighbourhood, take
from tests.cloud.shop import CAKE, NOON_MS, TEA, Chip, Shop, opened

ADDRESS = "203.0.113.7"


def fetched(shop: Shop, *links: str, address: str = ADDRESS) -> list[httpx.Response]:
    async def fetch() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=shop.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.get(link) for link in links]

    return asyncio.run(fetch())


def count(shop: Shop, question: str) -> int:
    with shop.store.reading() as connection:
        (number,) = connection.execute(question).fetchone()
    return int(number)


def forged(number: int) -> str:
    return f"/01/{TEA}?{Chip(counter=number).query()[:-4]}0000"


def test_a_forger_is_soon_told_to_wait_and_costs_the_store_nothing_more(tmp_path: Path) -> None:
    with opened(tmp_path) as shop:
        answers = fetched(shop, *(forged(n) for n in range(MOST + 3)))

        assert [a.status_code for a in answers] == [403] * MOST + [429] * 3
        assert answers[-1].headers["retry-after"] == "60"
        assert count(shop, "SELECT sum(taps) FROM refused_tap_sums WHERE span_ms = 60000") == MOST
        assert shop.services.pace.held == 3

        (genuine,) = fetched(shop, f"/01/{TEA}?{shop.chip.query()}")
        assert genuine.status_code == 303, "a genuine tap is never held"

        shop.clock.now_ms += 60_000
        assert [a.status_code for a in fetched(shop, forged(99))] == [403]


def test_an_unsigned_tap_always_gets_its_page_though_it_may_not_count(tmp_path: Path) -> None:
    with opened(tmp_path) as shop:
        answers = fetched(shop, *(f"/01/{CAKE}?t=tag-cake" for _ in range(MOST + 3)))

        assert {a.status_code for a in answers} == {200}
        assert count(shop, "SELECT count(*) FROM visits") == MOST


def test_phones_on_this_machine_are_not_held(tmp_path: Path) -> None:
    with opened(tmp_path) as shop:
        answers = fetched(shop, *(forged(n) for n in range(MOST + 3)), address="127.0.0.1")

        assert {a.status_code for a in answers} == {403}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("127.3.2.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        ("testclient", None),
    ],
)
def test_one_line_is_one_address(address: str, name: str | None) -> None:
    assert neighbourhood(address) == name


def test_a_flood_of_addresses_is_forgotten_again() -> None:
    pace = Pace()
    for number in range(10_100):
        pace.allows(f"10.0.{number // 256}.{number % 256}", NOON_MS)

    assert len(pace._buckets) == 10_000


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-5_000, 5_000), max_size=300))
def test_no_clock_gives_more_than_the_bucket_and_its_refill(steps: list[int]) -> None:
    bucket: Bucket | None = None
    now, forward, allowed = NOON_MS, 0, 0
    for step in steps:
        now, forward = now + step, forward + max(0, step)
        after = take(bucket, now)
        allowed += after is not None
        bucket = after or bucket

    assert allowed <= MOST + forward // 1_000
