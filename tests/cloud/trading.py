"""Products, campaigns, nodes and requests as their pages may find them, planted in a town to test those pages with."""

from msgspec.structs import replace

from cloud.ingest.decision import Message, Reading, read
from cloud.ingest.intake import store_readings
from cloud.offers.campaigns import Content, Copy, CouponTerms, Standing
from cloud.offers.rules import Budget
from cloud.shop.catalogue import Product, Words
from cloud.shop.requests import Kind
from cloud.store import campaigns, catalogue, quarantine, requests
from contract.messages import CameraHealth, Health, ReaderHealth, encode
from tests.cloud.morning import CAKE, MINUTE, TEA, Node, Town
from tests.cloud.offered import campaign

HOUR = 60 * MINUTE
GROUPS = {
    # campaign: (saw it, of these bought, held out, of these bought)
    "coupon": (2400, 864, 260, 52),
    "double-points": (1300, 273, 150, 29),
    "restock": (820, 131, 90, 17),
    "tasting": (410, 74, 46, 8),
    "welcome": (120, 30, 12, 3),
}
TITLES = {
    "coupon": ("우전 15% 쿠폰", "15 % off first flush"),
    "double-points": ("포인트 2배", "Double points"),
    "restock": ("재입고 알림", "Back in stock"),
    "tasting": ("호지차 시음", "Hojicha tasting"),
    "welcome": ("오랜만이에요", "Welcome back"),
}


def goods(gtin: str, name: str, *, stock: int | None, category: str = "") -> Product:
    return Product(
        gtin=gtin,
        name=Words(ko=name, en=name),
        price=9_800,
        category=category,
        stock=stock,
        shelf_stock=stock,
    )


def stock_up(place: Town) -> None:
    """A tea of which six are left, and cakes."""
    with place.store.atomic() as connection:
        catalogue.put_products(
            connection,
            (goods(TEA, "First flush <b>", stock=6, category="tea"), goods(CAKE, "Yakgwa", stock=31, category="cakes")),
        )


def run_campaigns(place: Town) -> None:
    """Campaigns of which much, little and nothing is known; one of them stopped by itself."""
    now_ms = place.clock.now_ms
    with place.store.atomic() as connection:
        for name, (shown, bought, held, held_bought) in GROUPS.items():
            ko, en = TITLES[name]
            made = campaign(name, words=name, gtins=(TEA,), coupon=CouponTerms(won=1500), budget=Budget(won=2_000_000))
            words = Content(ko=Copy(title=ko, text=f"{ko} 안내"), en=Copy(title=en, text=f"{en}."))
            campaigns.add(connection, replace(made, content=words), now_ms)
            connection.executemany(
                "INSERT INTO trial_sums VALUES (?, ?, ?, ?)", [(name, 0, shown, bought), (name, 1, held, held_bought)]
            )
            connection.execute(
                "UPDATE campaign_heads SET shown = ?1, harm_shown = ?1, harm_not_now = ?1 / 40,"
                " harm_opt_outs = ?1 / 300, harm_complaints = ?1 / 900, coupons = ?1 / 4, won = ?1 * 375,"
                " redeemed = ?1 / 8 WHERE id = ?2",
                (shown, name),
            )
        campaigns.set_standing(
            connection, "tasting", Standing.HARMED, words="75 of 1,000 did not want it", now_ms=now_ms - 2 * HOUR
        )


def speak(place: Town, *, hours: int = 24) -> None:
    """Two nodes that spoke each minute; at last the left one's camera is slow and the right one falls silent."""
    now_ms, minutes = place.clock.now_ms, 60 * hours
    said = [
        _left(place, now_ms + minute * MINUTE, minute + minutes, slow=minute >= -180) for minute in range(-minutes, 1)
    ]
    said += [_right(place, now_ms + minute * MINUTE) for minute in range(-minutes, -19)]
    store_readings(place.store, sorted(said, key=lambda it: it.message.received_ms))


def _left(place: Town, at_ms: int, minute: int, *, slow: bool) -> Reading:
    camera = CameraHealth(
        ok=True,
        read=900 * minute,
        overwritten=(30 if slow else 2) * minute,
        detected=600,
        rate=6.0 if slow else 14.8,
        cpu_percent=88.0 if slow else 41.0,
        model="hog-small",
        things=2,
        rss_mb=160,
        detect_ms=62.0,
    )
    reader = ReaderHealth(ok=True)
    warm = 68.0 if slow else 49.0 + minute % 7 / 3
    return _said(place.node("left"), at_ms, {"cam-a": camera}, {"tea-reader": reader}, temperature_c=warm)


def _right(place: Town, at_ms: int) -> Reading:
    return _said(place.node("right"), at_ms, {"cam-b": CameraHealth(ok=True, rate=15.0, model="hog-small")}, {})


def _said(
    node: Node,
    at_ms: int,
    cameras: dict[str, CameraHealth],
    readers: dict[str, ReaderHealth],
    *,
    temperature_c: float | None = None,
) -> Reading:
    health = Health(
        at=at_ms,
        epoch=node.epoch,
        program="aisle-edge 0.1.0",
        produced=node.told,
        pending=0,
        dropped=0,
        oldest_ms=0,
        refused_receipts=0,
        rss_mb=182.0,
        temperature_c=temperature_c,
        readers=readers,
        cameras=cameras,
    )
    return read(Message(topic=f"aisle/daon/{node.name}/health", payload=encode(health), received_ms=at_ms), "daon")


def ask(place: Town, count: int = 3) -> None:
    """Requests of shoppers nobody took yet, some minutes old."""
    now_ms = place.clock.now_ms
    with place.store.atomic() as connection:
        for number in range(count):
            requests.ask(
                connection,
                digest=f"d{number}",
                kind=Kind.BRING if number % 2 else Kind.HOLD,
                gtin=TEA,
                shelf="tea-wall",
                profile=None,
                visit=number + 1,
                now_ms=now_ms - (count - number) * 2 * MINUTE,
                day=1,
            )


def misfits(place: Town) -> None:
    """Two messages that nobody understood."""
    with place.store.atomic() as connection:
        for size in (120, 900):
            misfit = quarantine.Misfit(
                received_ms=place.clock.now_ms - size * 1_000,
                topic="aisle/daon/left/events",
                version=1,
                reason="Invalid enum value 'somebody' - at `$.direction`",
                raw=b"x" * size,
            )
            quarantine.keep(connection, misfit)
