"""Everything of a shopper as one file: complete, understood by another store, and the same when it comes back out."""

import itertools
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.cli import main
from cloud.commands.shopper import take_in
from cloud.shop import passport
from cloud.shop.origin import SaidAt, said_at
from cloud.shop.passport import FORMAT, Passport, PassportError
from cloud.store import consents, logs, passports, points, shoppers
from cloud.store.belongings import TABLES
from cloud.store.connection import Store
from cloud.store.logs import Log
from tests.cloud.handsets import Phone, join
from tests.cloud.planting import Planter
from tests.cloud.shop import TEA, Shop

PO = Path(__file__).parents[2] / "cloud" / "web" / "locale" / "ko" / "LC_MESSAGES" / "aisle.po"


@pytest.fixture
def clean(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "clean").mkdir()
    store = Store(tmp_path / "clean", new_store_id="1" * 32)
    try:
        yield store
    finally:
        store.close()


_seeds = itertools.count()


def full(store: Store) -> int:
    """A shopper with something in every table, among others; returns the person."""
    with store.atomic() as connection:
        planter = Planter(f"passport {next(_seeds)}")
        planter.shopper(connection)
        person = planter.shopper(connection).person
        planter.shopper(connection)
    return person


def out_of(store: Store, person: int) -> Passport:
    with store.reading() as connection:
        return Passport(
            format=FORMAT, store=store.store_id, made_ms=1, about={}, tables=passports.gather(connection, person)
        )


def into(store: Store, taken: Passport) -> int:
    with store.atomic() as connection:
        return passports.put(connection, taken, random=secrets.token_bytes)


def test_every_table_is_in_the_file(shop: Shop) -> None:
    taken = out_of(shop.store, full(shop.store))

    assert set(taken.tables) == {owned.table for owned in TABLES}
    assert [row["n"] for row in taken.tables["profiles"]] == [1, 2]


def test_what_another_store_takes_in_comes_out_the_same(shop: Shop, clean: Store) -> None:
    first = out_of(shop.store, full(shop.store))
    read = passport.decode(passport.encode(first))
    again = out_of(clean, into(clean, read))

    assert read == first
    assert again.tables == first.tables


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_also_with_any_rows_left_out_and_any_values(shop: Shop, clean: Store, data: st.DataObject) -> None:
    """What other rows refer to stays; of the rest anything may be missing, and numbers and words are any."""
    first = out_of(shop.store, full(shop.store))
    needed = {table for owned in TABLES for table in owned.refers.values()} | {"profiles", "joinings"}
    tables = dict(first.tables)
    for table in data.draw(st.sets(st.sampled_from(sorted(set(tables) - needed)))):
        del tables[table]
    for place, row in enumerate(tables.get("messages", ())):
        body, at_ms = data.draw(st.text(max_size=40)), data.draw(st.integers(-(2**63), 2**63 - 1))
        tables["messages"] = (*tables["messages"][:place], {**row, "body": body, "at_ms": at_ms})
    changed = msgspec.structs.replace(first, tables=tables)

    assert out_of(clean, into(clean, passport.decode(passport.encode(changed)))).tables == tables


def test_what_a_shopper_really_did_comes_out_the_same(shop: Shop, clean: Store) -> None:
    host, guest = Phone(shop).begin("history", "offers", "card"), Phone(shop)
    join(host, guest)
    host.get(f"/01/{TEA}?t=tag-tea&visit={host.tap()}")
    guest.post("/me/wish", gtin=TEA)
    host.post(f"/01/{TEA}/reviews", stars="4", name="Min", text="Good tea, and fresh.")
    answer = guest.post("/me/export")
    first = passport.decode(answer.content)

    assert answer.headers["content-disposition"] == 'attachment; filename="aisle.json"'
    assert answer.headers["content-type"] == "application/json"
    assert first.store == "0" * 32
    assert first.made_ms == shop.clock.now_ms
    assert {"profiles", "devices", "joinings", "consents", "visits", "wishes", "reviews"} <= set(first.tables)
    assert set(first.about) == set(first.tables)
    assert out_of(clean, into(clean, first)).tables == first.tables


def test_no_secret_is_in_the_file(shop: Shop) -> None:
    phone = Phone(shop).begin("history", "card")
    phone.post("/me/join/code")
    phone.post("/me/code")
    text = phone.post("/me/export").text

    with shop.store.reading() as connection:
        kept = [
            *connection.execute("SELECT digest FROM devices").fetchone(),
            *connection.execute("SELECT code, link FROM join_codes").fetchone(),
            *connection.execute("SELECT code FROM member_codes").fetchone(),
            *connection.execute("SELECT digest FROM visits WHERE profile IS NOT NULL").fetchone(),
        ]
    assert [secret for secret in (*kept, phone.cookie.partition("=")[2]) if str(secret) in text] == []


def test_another_shoppers_rows_are_not_in_it(shop: Shop) -> None:
    with shop.store.atomic() as connection:
        planter = Planter("neighbours")
        one, other = planter.shopper(connection), planter.shopper(connection)
    text = passport.encode(out_of(shop.store, one.person)).decode()

    assert not [name for name, value in other.values.items() if value.decode() in text]


def test_what_came_in_is_proven_by_the_new_stores_own_logs(shop: Shop, clean: Store) -> None:
    phone = Phone(shop).begin("history", "offers")
    take_in(clean, passport.decode(phone.post("/me/export").content))
    person = 1

    with clean.reading() as connection:
        assert consents.standing(connection, person) == {"history", "offers"}
        assert logs.size(connection, Log.CONSENT) == 2
        assert points.audit(connection).sum == 0
        assert {each.person for each in shoppers.members(connection, person)} == {person}


def test_the_stars_that_came_in_are_counted(shop: Shop, clean: Store) -> None:
    phone = Phone(shop).begin("history")
    phone.post(f"/01/{TEA}/reviews", stars="4", name="Min", text="Good tea, and fresh.")
    for _ in range(2):
        take_in(clean, passport.decode(phone.post("/me/export").content))

    with clean.reading() as connection:
        assert connection.execute("SELECT gtin, stars, times FROM ratings").fetchall() == [(TEA, 4, 2)]


def test_the_command_takes_it_in_and_a_phone_joins_it(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Phone(shop).begin("history", "card")
    file = tmp_path / "aisle.json"
    file.write_bytes(old.post("/me/export").content)
    old.post("/me/end")

    assert main(["shopper", "import", str(file), "--data", str(tmp_path)]) == 0
    code = capsys.readouterr().out.rpartition(": ")[2].strip()
    shop.clock.now_ms = _now_of(shop)
    new = Phone(shop)
    link = new.post("/me/join/find", code=code).headers["location"].partition("with=")[2].partition("&")[0]
    assert new.post("/me/join", **{"with": link}).status_code == 303
    assert "Jeju organic green tea" in new.get("/me?lang=en").text


def _now_of(shop: Shop) -> int:
    """The command's clock is the machine's."""
    with shop.store.reading() as connection:
        (opened_ms,) = connection.execute("SELECT opened_ms FROM join_codes").fetchone()
    return int(opened_ms)


def _changed(data: bytes, *path: str | int, to: object = None) -> bytes:
    """The file with one value set to another, or gone."""
    told = json.loads(data)
    place = told
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(told).encode()


def _broken(data: bytes) -> dict[str, bytes]:
    line = ("tables", "consents", 0)
    profile = json.loads(data)["tables"]["profiles"][0]
    return {
        "not JSON": data[:100],
        "another format": _changed(data, "format", to="aisle-passport/9"),
        "an unknown field": _changed(data, "more", to=1),
        "no profile": _changed(data, "tables", "profiles"),
        "nobody's row": _changed(data, *line, "profile", to=7),
        "a column that is not there": _changed(data, *line, "colour", to="red"),
        "a column that is missing": _changed(data, *line, "given"),
        "words for a number": _changed(data, *line, "at_ms", to="yesterday"),
        "a number beyond all": _changed(data, *line, "at_ms", to=10**30),
        "an unknown table": _changed(data, "tables", "diaries", to=[{"n": 1}]),
        "two people": _changed(data, "tables", "profiles", to=[profile, {**profile, "n": 2}]),
        "a purpose that is none": _changed(data, *line, "purpose", to="everything"),
    }


def test_a_file_that_is_wrong_is_refused_whole_and_told_why(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = Phone(shop).begin("history")
    data = phone.post("/me/export").content
    phone.post("/me/end")
    for what, body in _broken(data).items():
        file = tmp_path / "aisle.json"
        file.write_bytes(body)
        assert main(["shopper", "import", str(file), "--data", str(tmp_path)]) == 2, what
        assert "aisle.json: " in capsys.readouterr().err, what
        with shop.store.reading() as connection:
            assert connection.execute("SELECT count(*) FROM profiles").fetchone() == (0,), what


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with pytest.raises(PassportError):
        passport.decode(data)


def test_every_kept_thing_answers_where_it_came_from(shop: Shop) -> None:
    phone = Phone(shop).begin("history", "card")
    phone.post("/me/card", reader="tea-reader")
    page = phone.get("/me/kept?lang=en").text
    said = page.partition('id="kind-consents"')[2].partition("</section>")[0]

    assert "Tea wall · tag tag-tea" in said, "on the page of that tap"
    for words in (
        "You held your phone to this tag.",
        "tag tag-tea",
        "Tea wall",
        "Jeju organic green tea",
        "We keep it because you agreed to “Remember what I tap” on",
        "in the words of 2026-",
        "Tea reader",
        "We keep it because you agreed to “My card at the readers” on",
        "✓ Remember what I tap",
        "You said this with a switch or a button of ours.",
    ):
        assert words in page


def test_a_choice_tells_where_it_was_made() -> None:
    assert said_at("POST /me/begin, visit 12") == SaidAt(visit=12)
    assert said_at("POST /me/card, reader tea-reader") == SaidAt(reader="tea-reader")
    assert said_at("POST /me/consent") == SaidAt()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.integers(0, 10**18 - 1))
def test_only_a_number_at_the_end_names_a_visit(words: str, number: int) -> None:
    assert said_at(f"{words}, visit {number}") == SaidAt(visit=number)
    assert said_at(f"{words}, visit {number}.") == SaidAt()


def test_the_page_of_origins_knows_every_table_in_both_languages(shop: Shop) -> None:
    phone = Phone(shop).begin("history")
    with shop.store.atomic() as connection:
        person = Planter("origins").shopper(connection).person
        connection.execute("UPDATE profiles SET person = 1 WHERE person = ?", (person,))
    for language in ("ko", "en"):
        page = phone.get(f"/me/kept?lang={language}")
        assert page.status_code == 200
        assert all(f'id="kind-{owned.table}"' in page.text for owned in TABLES)
    with PO.open("rb") as file:
        korean = {str(message.id): str(message.string) for message in read_po(file) if isinstance(message.id, str)}
    assert [owned.table for owned in TABLES if not korean.get(owned.words)] == []


def test_a_kept_thing_is_told_field_by_field_in_words_and_not_in_json(shop: Shop) -> None:
    phone = Phone(shop).begin("history", "offers")
    pages = {language: phone.get(f"/me/kept?lang={language}").text for language in ("ko", "en")}
    messages = {
        lang: page.partition('id="kind-messages"')[2].partition("</section>")[0] for lang, page in pages.items()
    }

    assert "<dt>동의문 판</dt>" in pages["ko"]
    assert "<dt>Version of the text</dt>" in pages["en"]
    assert "you agreed to “Remember what I tap”" in messages["en"]
    assert not any("&#34;ko&#34;" in told or '"ko"' in told for told in messages.values())


def test_a_stranger_gets_nothing(shop: Shop) -> None:
    stranger = Phone(shop)

    assert stranger.post("/me/export").status_code == 403
    assert "Nothing. This phone is not known here" in stranger.get("/me/kept?lang=en").text


def test_the_form_is_what_the_documentation_says(shop: Shop) -> None:
    phone = Phone(shop).begin("history")
    told = msgspec.json.decode(phone.post("/me/export").content)

    assert list(told) == ["format", "store", "made_ms", "about", "tables"]
    assert told["format"] == "aisle-passport/1"
    assert passport.__doc__ is not None
    assert "`aisle-passport/1`" in passport.__doc__


def test_import_makes_new_secrets(shop: Shop, clean: Store) -> None:
    person = full(shop.store)
    taken = out_of(shop.store, person)
    into(clean, taken)
    question = "SELECT handle FROM profiles"
    with shop.store.reading() as old, clean.reading() as new:
        handles = set(old.execute(question).fetchall())
        assert not handles & set(new.execute(question).fetchall())
