"""The result of each choice, and the re-check before each second anniversary: each told in time and once."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop import choosing, receipts, reminding
from cloud.shop.choosing import Act
from cloud.shop.consent import ADVERTISING, Entry, Purpose
from cloud.shop.messages import LABEL, Both
from cloud.shop.reminding import Voice
from cloud.store import consents, erasing, shoppers
from cloud.store import receipts as kept
from cloud.store.connection import Store
from cloud.web.language import Language
from cloud.web.shop import duties
from tests.cloud.served import Served, served

SEOUL = ZoneInfo("Asia/Seoul")
VOICE = Voice(sender=Both(ko="다온상회", en="Daon Market"), zone=SEOUL)
HOUR_MS = 3_600_000
NOON = int(dt.datetime(2026, 11, 22, 12, tzinfo=SEOUL).timestamp() * 1000)
ADS = frozenset((Purpose.OFFERS, Purpose.ADS_PUSH))


def begin(store: Store, handle: str = "h") -> int:
    with store.atomic() as connection:
        return shoppers.begin(connection, handle=handle, language="ko", now_ms=NOON)


def choose(store: Store, person: int, wanted: frozenset[Purpose], at_ms: int) -> None:
    with store.atomic() as connection:
        act = Act(person=person, language="ko", at_ms=at_ms, proof="POST /me/choices")
        choosing.choose(connection, act, wanted, random=os.urandom)


def run(store: Store, now_ms: int) -> None:
    """What the store does by itself at this moment."""
    with store.atomic() as connection:
        reminding.tell_results(connection, VOICE, now_ms=now_ms)
        reminding.tell_rechecks(connection, VOICE, now_ms=now_ms)


def told(store: Store, person: int, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """When a person was told what of a kind."""
    with store.reading() as connection:
        messages = shoppers.messages_after(connection, person, 0, 1_000)
    return [(each.at_ms, json.loads(each.body)) for each in messages if each.kind == kind]


def test_a_receipt_says_who_what_when_and_what_follows(store: Store) -> None:
    person = begin(store)
    choose(store, person, ADS, NOON)
    run(store, NOON)
    choose(store, person, frozenset((Purpose.OFFERS,)), NOON + HOUR_MS)
    run(store, NOON + HOUR_MS)
    with store.atomic() as connection:
        act = Act(person=person, language="ko", at_ms=NOON + 2 * HOUR_MS, proof="POST /stop")
        assert choosing.refuse(connection, act, random=os.urandom)
        assert not choosing.refuse(connection, act, random=os.urandom)
    run(store, NOON + 2 * HOUR_MS)
    given, withdrawn, refused = [body for _, body in told(store, person, "receipt")]

    assert given["sender"]["ko"] == "다온상회"
    assert given["text"]["ko"].startswith(
        "2026년 11월 22일에 ‘맞춤 혜택 보기 (광고)’, ‘혜택 알림 받기 (광고)’에 동의하셨습니다."
    )
    assert given["text"]["en"].startswith("On 22 November 2026 you agreed to “Offers that fit (advertising)”, ")
    assert "‘혜택 알림 받기 (광고)’ 동의를 철회하셨습니다. 바로 적용했습니다." in withdrawn["text"]["ko"]
    assert "모든 광고 수신을 거부하셨습니다" in refused["text"]["ko"]
    assert "you refused all advertising" in refused["text"]["en"]
    for body in (given, withdrawn, refused):
        assert not body["title"]["ko"].startswith(LABEL)  # a service message, and no offer in it
        assert body["url"] == "/me/choices"


def test_each_act_is_told_once_also_after_a_crash(tmp_path: Path) -> None:
    store = Store(tmp_path, new_store_id="0" * 32)
    person = begin(store)
    choose(store, person, ADS, NOON)
    with pytest.raises(ZeroDivisionError), store.atomic() as connection:
        1 / (len(reminding.tell_results(connection, VOICE, now_ms=NOON)) - 1)
    store.close()
    store = Store(tmp_path, new_store_id="0" * 32)
    with store.reading() as connection:
        assert kept.oldest_untold_ms(connection) == NOON
    for _ in range(3):
        run(store, NOON + HOUR_MS)

    assert [at for at, _ in told(store, person, "receipt")] == [NOON + HOUR_MS]
    with store.reading() as connection:
        assert kept.oldest_untold_ms(connection) is None
    store.close()


def test_a_choice_on_joined_phones_is_told_once(store: Store) -> None:
    first, second = begin(store), begin(store, "other")
    with store.atomic() as connection:
        connection.execute("UPDATE profiles SET person = ?", (first,))
    choose(store, first, ADS, NOON)
    run(store, NOON)

    assert len(told(store, first, "receipt")) == 1
    with store.reading() as connection:
        assert {line.profile for line in consents.lines(connection, first)} == {first, second}


def walk(store: Store, begin_ms: int, days: int, step_h: int = 6) -> None:
    """The clock walks on; the store's own tasks run at each step, in a database opened anew each year."""
    for step in range(days * 24 // step_h):
        run(store, begin_ms + step * step_h * HOUR_MS)


def test_the_clock_walks_through_five_years_and_each_recheck_comes_once_and_in_time(tmp_path: Path) -> None:
    store = Store(tmp_path, new_store_id="0" * 32)
    person = begin(store)
    choose(store, person, ADS | {Purpose.HISTORY}, NOON)
    run(store, NOON)
    for year in range(5):
        walk(store, NOON + year * 365 * 24 * HOUR_MS, 365, 24 if year in (0, 2, 4) else 6)
        store.close()
        store = Store(tmp_path, new_store_id="0" * 32)  # a restart loses nothing and repeats nothing
    rechecks = told(store, person, "recheck")
    store.close()

    second, fourth = (dt.datetime(2026 + 2 * n, 11, 22, tzinfo=SEOUL) for n in (1, 2))
    assert len(rechecks) == 2
    for (at_ms, body), anniversary in zip(rechecks, (second, fourth), strict=True):
        at = dt.datetime.fromtimestamp(at_ms / 1000, SEOUL)
        assert anniversary - dt.timedelta(days=31) < at < anniversary
        assert 9 <= at.hour < 20
        assert "2026년 11월 22일 ‘혜택 알림 받기 (광고)’" in body["text"]["ko"]
        assert "‘동의 유지’" in body["text"]["ko"]
        assert "‘모든 광고 거부’" in body["text"]["ko"]
        assert "찍은 제품 기억하기" not in body["text"]["ko"]  # no advertising, no re-check


def test_a_consent_that_is_kept_is_asked_again_two_years_after_that(store: Store) -> None:
    person = begin(store)
    choose(store, person, ADS, NOON)
    kept_ms = receipts.anniversary(NOON, 1, SEOUL) - 10 * receipts.DAY_MS + 12 * HOUR_MS
    run(store, kept_ms - HOUR_MS)
    with store.atomic() as connection:
        act = Act(person=person, language="ko", at_ms=kept_ms, proof="POST /me/keep")
        assert choosing.keep(connection, act, random=os.urandom) == ADS
    run(store, receipts.anniversary(NOON, 1, SEOUL))
    assert len(told(store, person, "recheck")) == 1
    run(store, receipts.anniversary(kept_ms, 1, SEOUL) - receipts.DAY_MS + 12 * HOUR_MS)
    assert len(told(store, person, "recheck")) == 2


@pytest.mark.parametrize("end", ["withdrawn", "refused", "erased"])
def test_nothing_is_asked_again_of_what_does_not_stand(store: Store, end: str) -> None:
    person = begin(store)
    choose(store, person, ADS, NOON)
    with store.atomic() as connection:
        act = Act(person=person, language="ko", at_ms=NOON + 1, proof="POST /stop")
        if end == "withdrawn":
            choosing.choose(connection, act, frozenset(), random=os.urandom)
        elif end == "refused":
            choosing.refuse(connection, act, random=os.urandom)
        else:
            erasing.erase(connection, person, NOON + 1)
    run(store, receipts.anniversary(NOON, 1, SEOUL) - 5 * receipts.DAY_MS + 12 * HOUR_MS)

    assert told(store, person, "recheck") == []


def test_an_outage_over_the_whole_month_tells_late_but_once(store: Store) -> None:
    person = begin(store)
    choose(store, person, ADS, NOON)
    late = receipts.anniversary(NOON, 1, SEOUL) + 40 * receipts.DAY_MS + 12 * HOUR_MS
    run(store, late)
    run(store, late + HOUR_MS)

    assert [at for at, _ in told(store, person, "recheck")] == [late]


def test_a_consent_on_a_leap_day_is_asked_about_before_the_28th() -> None:
    leap = int(dt.datetime(2028, 2, 29, 15, tzinfo=SEOUL).timestamp() * 1000)
    first = dt.datetime.fromtimestamp(receipts.anniversary(leap, 1, SEOUL) / 1000, SEOUL)
    second = dt.datetime.fromtimestamp(receipts.anniversary(leap, 2, SEOUL) / 1000, SEOUL)

    assert (first, second) == (dt.datetime(2030, 2, 28, tzinfo=SEOUL), dt.datetime(2032, 2, 29, tzinfo=SEOUL))


moments = st.integers(0, 4_000_000_000_000)


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 5), st.sampled_from(("Asia/Seoul", "Europe/Berlin", "America/New_York")))
def test_an_anniversary_begins_the_same_date_and_its_recheck_stands_before_it(at: int, times: int, zone: str) -> None:
    there = ZoneInfo(zone)
    begins = dt.datetime.fromtimestamp(receipts.anniversary(at, times, there) / 1000, there)
    given_on = dt.datetime.fromtimestamp(at / 1000, there)

    assert (begins.hour, begins.minute) == (0, 0)
    assert begins.year == given_on.year + 2 * times
    assert (begins.month, begins.day) in {(given_on.month, given_on.day), (2, 28)}
    before = receipts.anniversary(at, times, there) - receipts.RECHECK_AHEAD_MS
    assert receipts.rechecks_begun(at, before - 1, there) == times - 1
    assert receipts.rechecks_begun(at, before, there) == times


entries = st.builds(
    Entry,
    purpose=st.sampled_from(Purpose),
    given=st.booleans(),
    text_version=st.just("2026-11-22"),
    language=st.sampled_from(Language),
    at_ms=moments,
    proof=st.sampled_from(("POST /me/choices", "POST /stop")),
    refusal=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(entries, min_size=1, max_size=6))
def test_every_line_is_in_one_act_and_every_act_has_words(lines: list[Entry]) -> None:
    acts = receipts.acts(lines)
    assert sorted(e.purpose for act in acts for e in act.entries) == sorted(e.purpose for e in dict.fromkeys(lines))
    for act in acts:
        receipt = receipts.receipt(act, VOICE.sender, SEOUL)
        assert receipt.sender.ko in receipt.title.ko
        assert receipts.date(act.at_ms, SEOUL).ko in receipt.text.ko
        assert receipts.date(act.at_ms, SEOUL).en in receipt.text.en


def test_a_choice_on_a_page_is_told_in_the_same_moment(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        phone = site.client(site.enrol("history"))
        phone.post("/me/choices", data={"purpose": ["ads.push"]})
        phone.post("/me/keep")
        phone.post("/me/refuse")
        phone.close()
        bodies = [body for _, body in told(site.shop.store, newest(site), "receipt")]

        assert [b["text"]["ko"].count("동의하셨습니다") for b in bodies] == [1, 1, 1, 0]
        assert bodies[0]["sender"]["ko"] == "다온상회"
        with site.shop.store.reading() as connection:
            assert kept.oldest_untold_ms(connection) is None


def test_a_choice_of_advertising_is_pushed_to_the_phone_too_and_another_is_not(store: Store) -> None:
    person = begin(store)
    with store.atomic() as connection:
        connection.execute(
            """INSERT INTO push_subscriptions
                 (profile, endpoint, p256dh, auth, service, origin, server_key, language, at_ms)
               VALUES (?, 'https://push.example/x', '', '', 'x', 'https://store', '', 'ko', 1)""",
            (person,),
        )
    choose(store, person, frozenset((Purpose.HISTORY,)), NOON)
    run(store, NOON)
    choose(store, person, ADS, NOON + HOUR_MS)
    run(store, NOON + HOUR_MS)
    with store.reading() as connection:
        queued = connection.execute("SELECT advertising, note FROM pushes").fetchall()

    assert len(told(store, person, "receipt")) == 2
    assert [advertising for advertising, _ in queued] == [0]
    assert "동의하셨습니다" in queued[0][1]


def test_the_question_stands_on_every_page_until_it_is_answered(tmp_path: Path) -> None:
    asks = "Does your consent to advertising still stand?"
    with served(tmp_path) as site:
        phone = site.client(site.enrol("offers", "history"))
        pages = [site.tap(phone) + "&lang=en", "/me?lang=en", "/me/choices?lang=en"]
        assert not any(asks in phone.get(page).text for page in pages)
        at_ms = receipts.anniversary(site.shop.clock.now_ms, 1, SEOUL) - receipts.DAY_MS
        assert told_at(site, at_ms + 12 * HOUR_MS) == 1
        pages[0] = site.tap(phone) + "&lang=en"
        assert all(asks in phone.get(page).text for page in pages)
        site.shop.clock.now_ms += 1
        assert phone.post("/me/keep").status_code == 303
        assert not any(asks in phone.get(page).text for page in pages)
        phone.close()


def test_what_came_by_another_way_is_told_by_day_and_long_before_14_days(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        site.enrol("history")
        person, night = newest(site), NOON + 15 * HOUR_MS  # 3 in the morning
        entry = Entry(
            purpose=Purpose.OFFERS, given=True, text_version="2026-11-22", language="ko", at_ms=night, proof="imported"
        )
        with site.shop.store.atomic() as connection:
            consents.write(connection, person, entry, nonce=os.urandom(32))
        told_ms = [night + hour * HOUR_MS for hour in range(24) if told_at(site, night + hour * HOUR_MS)]

    assert told_ms == [night + 6 * HOUR_MS]  # at 9, and once


def told_at(site: Served, now_ms: int) -> int:
    """How much the store tells by itself at this moment."""
    site.shop.clock.now_ms = now_ms
    return len(duties.tell_due(site.shop.services))


def newest(site: Served) -> int:
    with site.shop.store.reading() as connection:
        return int(connection.execute("SELECT max(person) FROM profiles").fetchone()[0])


def test_what_one_refusal_ends_is_all_that_is_called_advertising() -> None:
    assert {purpose for purpose in Purpose if purpose.value.startswith(("offers", "ads.", "night."))} == ADVERTISING
