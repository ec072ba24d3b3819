"""Passkeys in a real browser with an authenticator of its own: added, used, and refused where anything is not right."""

import base64
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from cloud.accounts import passkeys, people
from cloud.accounts.database import Accounts
from cloud.manage.challenges import LIVES_MS, Challenges, Purpose
from cloud.manage.login import FRESH_MS, Caller, Door
from cloud.manage.passkeys import No, PasskeyDoor
from cloud.store import audit_log
from tests.cloud.entered import cookie, session
from tests.cloud.lodging import Device, asked, device, lodging, posted
from tests.cloud.morning import PASSWORDS, Site, Town, plan, town

HOUR = 3_600_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("passkeys"), floor=plan()) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with lodging(place) as site:
        yield site


@pytest.fixture
def phone(browser: Browser, place: Town, site: Site) -> Iterator[Device]:
    """A browser in which the owner has just added a passkey."""
    place.clock.now_ms += HOUR
    with device(browser, site, session(site, place.password)) as phone:
        phone.page.goto(f"{site.url}/manage/account?lang=en")
        phone.page.get_by_label("Its name").fill("Minji's phone")
        phone.page.get_by_role("button", name="Add a passkey").click()
        expect(phone.page.get_by_text("The passkey is added.")).to_be_visible()
        yield phone


def enter(phone: Device, site: Site) -> None:
    phone.page.context.clear_cookies()
    phone.page.goto(f"{site.url}/manage/login?lang=en&next=/manage/account")
    phone.page.get_by_role("button", name="Sign in with a passkey").click()


@pytest.mark.browser
def test_a_passkey_is_added_and_signs_in_without_a_name_or_a_password(phone: Device, site: Site) -> None:
    (kept,) = phone.credentials()
    assert kept["isResidentCredential"]
    assert kept["rpId"] == "localhost"
    enter(phone, site)
    phone.page.wait_for_url(f"{site.url}/manage/account")
    phone.page.goto(f"{site.url}/manage/account?lang=en")
    expect(phone.page.locator("#sessions li", has_text="this one")).to_contain_text("by passkey")
    expect(phone.page.locator("#passkeys li", has_text="Minji's phone").last).to_contain_text("last used")


@pytest.mark.browser
def test_the_same_device_adds_no_second_passkey(phone: Device) -> None:
    phone.page.get_by_role("button", name="Add a passkey").click()
    expect(phone.page.locator("#passkey-problem")).to_have_text("This device has a passkey for you already.")


@pytest.mark.browser
def test_a_session_that_is_not_fresh_shows_the_password_first(phone: Device, place: Town, site: Site) -> None:
    place.clock.now_ms += FRESH_MS
    phone.page.goto(f"{site.url}/manage/account?lang=en")
    expect(phone.page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    state = {each["name"]: each["value"] for each in phone.page.context.cookies(site.url.replace("http:", "https:"))}
    old = httpx.post(f"{site.url}/manage/account/passkeys/options", headers=cookie(next(iter(state.values()))))
    assert (old.status_code, old.json()) == (403, {"no": "stale"})
    phone.page.get_by_label("Your password, before you add a passkey").fill(place.password)
    phone.page.get_by_role("button", name="It is me").click()
    expect(phone.page.get_by_role("button", name="Add a passkey")).to_be_visible()


@pytest.mark.browser
def test_what_was_signed_for_another_origin_is_refused(
    phone: Device, site: Site, tmp_path: Path, browser: Browser
) -> None:
    with town(tmp_path, floor=plan()) as other, lodging(other) as elsewhere, device(browser, elsewhere) as thief:
        thief.put(phone.credentials()[0])
        thief.page.goto(f"{elsewhere.url}/manage/login")  # the same host, and so the same passkeys; another port
        refused = posted(site, thief.sign(asked(site)))
    assert (refused.status_code, refused.json()) == (400, {"no": "wrong"})
    assert "set-cookie" not in refused.headers


@pytest.mark.browser
def test_a_challenge_opens_once(phone: Device, site: Site) -> None:
    enter(phone, site)
    phone.page.wait_for_url(f"{site.url}/manage/account")
    again = posted(site, phone.sent[-1])
    assert (again.status_code, again.json()) == (409, {"no": "old"})


@pytest.mark.browser
def test_a_challenge_lives_three_minutes(phone: Device, place: Town, site: Site) -> None:
    options = asked(site)
    signed = phone.sign(options)
    place.clock.now_ms += LIVES_MS
    assert posted(site, signed).json() == {"no": "old"}
    assert posted(site, phone.sign(asked(site))).status_code == 200


@pytest.mark.browser
def test_a_device_that_did_not_look_who_holds_it_is_refused(phone: Device, site: Site) -> None:
    phone.verifies(False)
    refused = posted(site, phone.sign(asked(site), "discouraged"))
    assert (refused.status_code, refused.json()) == (400, {"no": "wrong"})


@pytest.mark.browser
def test_a_signature_that_was_changed_is_refused_and_stops_nothing(phone: Device, site: Site) -> None:
    body = json.loads(phone.sign(asked(site)))
    body["response"]["signature"] = body["response"]["signature"][:-6] + "AAAAAA"
    assert posted(site, json.dumps(body)).json() == {"no": "wrong"}
    assert posted(site, phone.sign(asked(site))).status_code == 200


@pytest.mark.browser
def test_a_copied_authenticator_is_refused_stopped_and_told(phone: Device, place: Town, site: Site) -> None:
    copy = phone.credentials()[0]
    enter(phone, site)
    phone.page.wait_for_url(f"{site.url}/manage/account")
    phone.put(copy)  # which says again what the real one said before: its count goes back
    enter(phone, site)
    expect(phone.page.locator("#passkey-problem")).to_contain_text("only a copy explains")
    phone.put({**copy, "signCount": 1_000})  # the real one is stopped too: nobody knows which is which
    enter(phone, site)
    expect(phone.page.locator("#passkey-problem")).to_contain_text("only a copy explains")

    headers = cookie(session(site, place.password))
    page = httpx.get(f"{site.url}/manage/account?lang=en", headers=headers).text
    assert "A passkey was stopped: “Minji&#39;s phone”" in page
    with place.store.reading() as connection:
        newest = audit_log.lines(connection, most=1)[0]
    assert (newest.act, newest.who) == (audit_log.Act.PASSKEY_COPIED, "manager")


@pytest.mark.browser
def test_at_another_address_of_the_store_the_page_says_where_passkeys_work(phone: Device, site: Site) -> None:
    elsewhere = site.url.replace("localhost", "127.0.0.1")
    phone.page.goto(f"{elsewhere}/manage/login?lang=en")
    expect(phone.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(phone.page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


@pytest.mark.browser
def test_a_removed_passkey_opens_nothing(phone: Device, site: Site) -> None:
    phone.page.locator("#passkeys li", has_text="Minji's phone").last.get_by_role("button").click()
    expect(phone.page.get_by_text("The passkey is removed here.")).to_be_visible()
    enter(phone, site)
    expect(phone.page.locator("#passkey-problem")).to_contain_text("not known here")


@settings(max_examples=100, deadline=None)
@given(
    at=st.integers(0, 2**42),
    later=st.integers(0, 2 * LIVES_MS),
    bit=st.integers(0, 8 * 56 - 1),
    subject=st.text(max_size=12),
)
def test_a_challenge_holds_unchanged_for_its_purpose_and_its_time(at: int, later: int, bit: int, subject: str) -> None:
    ours = Challenges(random.Random(1).randbytes)
    challenge = ours.make(Purpose.ENTER, subject, at)
    assert ours.holds(challenge, Purpose.ENTER, subject, at + later) is (later < LIVES_MS)
    assert not ours.holds(challenge, Purpose.REGISTER, subject, at)
    assert not ours.holds(challenge, Purpose.ENTER, subject + "x", at)
    changed = bytearray(challenge)
    changed[bit // 8] ^= 1 << bit % 8
    assert not ours.holds(bytes(changed), Purpose.ENTER, subject, at)
    assert not Challenges(random.Random(2).randbytes).holds(challenge, Purpose.ENTER, subject, at)
    assert ours.use(challenge, at)
    assert not ours.use(challenge, at)
    assert not ours.holds(challenge, Purpose.ENTER, subject, at)


def test_used_challenges_are_forgotten_when_they_would_be_too_old_anyway() -> None:
    ours = Challenges(random.Random(1).randbytes)
    for second in range(1_000):
        assert ours.use(ours.make(Purpose.ENTER, "", 1_000 * second), 1_000 * second)
    assert len(ours._used) <= LIVES_MS // 1_000 + 1


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("id", "rawId", "type", "response", "clientDataJSON", "signature", "challenge")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def passkey_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PasskeyDoor]:
    accounts = Accounts(tmp_path_factory.mktemp("junk") / "accounts.db")
    door = Door(accounts, store="daon", random=random.Random(3).randbytes, passwords=PASSWORDS)
    known = passkeys.New(
        credential=bytes(3),
        account="minji",
        place="store.example",
        public_key=b"no key at all",
        used=0,
        words="",
        synced=False,
    )
    with accounts.atomic() as connection:
        people.add(connection, name="minji", handle=bytes(16), hashed="", now_ms=0)
        passkeys.add(connection, known, 0)
    yield PasskeyDoor(door, origin="https://store.example")
    accounts.close()


@settings(max_examples=200, deadline=None)
@given(junk=JUNK, at=st.integers(0, 2**42))
def test_whatever_is_sent_is_refused_in_order(passkey_door: PasskeyDoor, junk: object, at: int) -> None:
    told = json.loads(str(passkey_door.to_enter(at)))
    client = _encoded({"type": "webauthn.get", "challenge": told["challenge"], "origin": "https://store.example"})
    response = {"clientDataJSON": client, "authenticatorData": junk, "signature": "AAAA"}
    worse = {**response, "authenticatorData": _FLAGS, "signature": junk}
    for body in (
        junk,
        *({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": it} for it in (response, worse)),
    ):
        caller = Caller(address=f"10.{at % 256}.{at // 256 % 256}.{at // 65_536 % 256}")
        no = passkey_door.enter(json.dumps(body), caller=caller, now_ms=at)
        assert not isinstance(no, No) or no in {No.OLD, No.WRONG, No.UNKNOWN}


_FLAGS = base64.urlsafe_b64encode(hashlib.sha256(b"store.example").digest() + b"\x05" + bytes(4)).decode().rstrip("=")
"""Of the right place, with somebody who was there and was looked at."""


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
