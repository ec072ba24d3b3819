"""Who a shopper is: a person with phones, begun by an act of their own, with a past that they prove."""

import sqlite3
from pathlib import Path

from cloud.shop import uniting
from cloud.store import joinings, shoppers
from cloud.store.belongings import TABLES
from cloud.store.connection import Store
from cloud.store.joinings import How
from cloud.store.migrations import STEPS, migrate
from tests.cloud.handsets import Phone, join
from tests.cloud.planting import Planter
from tests.cloud.shop import CAKE, NOON_MS, TEA, Shop


def rows(shop: Shop, question: str, *values: object) -> list[tuple[object, ...]]:
    with shop.store.reading() as connection:
        return connection.execute(question, values).fetchall()


def test_an_older_database_keeps_its_shoppers_and_their_cookies(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    before = next(place for place, step in enumerate(STEPS) if step.name == "shoppers-2")
    migrate(connection, STEPS[:before])
    for number in (1, 2):
        connection.execute("INSERT INTO profiles VALUES (?, ?, 'ko', ?, 9)", (number, f"digest-{number}", number))
    migrate(connection)

    found = shoppers.profile(connection, "digest-2")
    assert found
    assert (found.id, found.person, found.language, found.begun_ms) == (2, 2, "ko", 2)
    assert len(found.handle) == 32
    assert not connection.execute("SELECT 1 FROM profiles WHERE handle LIKE 'digest%'").fetchall()
    connection.close()


def everything(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of shoppers, by which joining may be told, and no others."""
    own = {"messages", "pushes", "joinings", "join_codes"}
    return {
        owned.table: connection.execute(f"SELECT * FROM {owned.table} ORDER BY 1, 2").fetchall()
        for owned in TABLES
        if owned.table not in own
    }


def test_joining_moves_no_row_and_taking_apart_gives_back_both_sides(tmp_path: Path) -> None:
    store = Store(tmp_path, new_store_id="0" * 32)
    planter = Planter("united")
    with store.atomic() as connection:
        host, guest = planter.shopper(connection), planter.shopper(connection)
        connection.execute("DELETE FROM joinings")
        connection.execute("UPDATE profiles SET person = id")
        before = everything(connection)
        told = uniting.join(connection, host=guest.person, guest=host.person, how=How.CODE, at_ms=NOON_MS)
        assert told
        assert told.person == min(host.person, guest.person), "the oldest of them"
        joined = everything(connection)
        assert {name: joined[name] for name in joined if name != "profiles"} == {
            name: before[name] for name in before if name != "profiles"
        }
        ((number,),) = connection.execute("SELECT id FROM joinings").fetchall()
        assert len(uniting.part(connection, number=number, person=told.person, at_ms=NOON_MS)) == 2
        assert everything(connection) == before
    store.close()


def test_phones_of_three_are_one_person_and_any_of_them_can_leave(shop: Shop) -> None:
    first, second, third = (Phone(shop).begin("history") for _ in range(3))
    join(first, second)
    join(second, third)
    assert {person for (person,) in rows(shop, "SELECT person FROM profiles")} == {1}

    second.post("/me/part", joining="1")
    assert rows(shop, "SELECT id, person FROM profiles ORDER BY id") == [(1, 1), (2, 2), (3, 2)]
    third.post("/me/part", joining="2")
    assert rows(shop, "SELECT id, person FROM profiles ORDER BY id") == [(1, 1), (2, 2), (3, 3)]


def test_joining_ones_own_phone_again_changes_nothing(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history"), Phone(shop)
    join(host, guest)
    join(guest, host)

    assert rows(shop, "SELECT count(*) FROM joinings") == [(1,)]


def test_only_the_taps_that_a_phone_proves_become_its_own(shop: Shop) -> None:
    early = Phone(shop)
    tokens = [early.tap() for _ in range(3)]
    shop.clock.now_ms += 3_600_000  # long after their fifteen minutes
    phone = Phone(shop).begin("history")
    assert rows(shop, "SELECT count(*) FROM visits WHERE profile IS NOT NULL") == [(1,)], "none by a guess"

    claimed = phone.post("/me/claim", visit=[tokens[0], f"https://store.example/01/{TEA}?t=tag-tea&visit={tokens[1]}"])
    assert "claimed=2" in claimed.headers["location"]
    assert "2 earlier taps are yours now." in phone.get(claimed.headers["location"].partition("#")[0]).text
    assert rows(shop, "SELECT count(*) FROM visits WHERE profile IS NULL AND signed") == [(1,)]


def test_what_is_somebodys_stays_theirs_and_guesses_are_nothing(shop: Shop) -> None:
    owner, thief = Phone(shop), Phone(shop).begin("history")
    owner.begin("history")
    token = owner.tap()
    owner.get(f"/01/{TEA}?t=tag-tea&visit={token}")
    theirs = rows(shop, "SELECT id, profile FROM visits WHERE profile = 2")
    for guess in (token, "", "1", "A" * 22, "?visit=", "%00", "x" * 5000):
        assert "claimed=0" in thief.post("/me/claim", visit=guess).headers["location"]

    assert rows(shop, "SELECT id, profile FROM visits WHERE profile = 2") == theirs
    assert Phone(shop).post("/me/claim", visit=token).status_code == 403


def test_without_that_consent_no_earlier_tap_is_taken(shop: Shop) -> None:
    token = Phone(shop).tap()
    phone = Phone(shop).begin("offers")

    assert "claimed=0" in phone.post("/me/claim", visit=token).headers["location"]
    assert "An earlier tap is missing" not in phone.get("/me?lang=en").text


def test_a_wish_begins_a_profile_without_a_tap_and_looking_never_does(shop: Shop) -> None:
    phone = Phone(shop)
    for link in ("/", f"/01/{TEA}", "/me", "/me/join", "/me/kept", "/me/wishlist", "/me/choices", "/privacy"):
        assert "set-cookie" not in phone.get(link).headers, link
    assert rows(shop, "SELECT count(*) FROM profiles") == [(0,)]

    assert phone.post("/me/wish", gtin=CAKE).status_code == 303
    assert phone.cookie.startswith("__Host-aisle=")
    assert rows(shop, "SELECT count(*) FROM consents") == [(0,)], "an act is no agreement to anything else"


def test_a_code_needs_a_phone_that_is_known(shop: Shop) -> None:
    stranger = Phone(shop)

    assert stranger.post("/me/join/code").status_code == 403
    assert stranger.post("/me/card", reader="tea-reader").status_code == 403
    assert stranger.post("/me/join", **{"with": "x" * 22}).status_code == 404
    assert stranger.get("/me/join?with=nonsense").status_code == 404
    assert not stranger.cookie
    assert rows(shop, "SELECT count(*) FROM profiles") == [(0,)]


def test_a_phone_that_was_forgotten_meanwhile_is_nobody(shop: Shop) -> None:
    """The other phone pressed “Forget me now”; this one still has its cookie, and an open page."""
    host, guest = Phone(shop).begin("history", "card"), Phone(shop)
    join(host, guest)
    assert host.post("/me/end").status_code == 200
    for act, fields in (
        ("/me/join/code", {}), ("/me/consent", {"purpose": "history"}), ("/me/card", {"reader": "tea-reader"}),
        ("/me/claim", {"visit": "x"}), ("/me/export", {}),
    ):  # fmt: skip
        assert guest.post(act, **fields).status_code == 403, act
    assert guest.post("/me/part", joining="1").status_code == 303
    assert guest.get("/me/stream").status_code == 204
    assert rows(shop, "SELECT count(*) FROM profiles") == [(0,)]


def test_codes_are_swept_out_when_another_is_opened(shop: Shop) -> None:
    first, second = Phone(shop).begin("history"), Phone(shop).begin("history")
    first.post("/me/join/code")
    shop.clock.now_ms += 5 * 60_000
    second.post("/me/join/code")

    assert rows(shop, "SELECT profile FROM join_codes") == [(2,)]
    with shop.store.reading() as connection:
        assert joinings.shown_code(connection, 1, shop.clock.now_ms) is None
