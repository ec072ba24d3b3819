"""From the queue to the phone, through a push service that believes nothing, whatever goes wrong on the way."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud.gauges import watch_pushes
from cloud.metrics import Metrics
from cloud.push import vapid
from cloud.push.attempts import Answer, NoAnswer
from cloud.push.endpoints import Allowed, Endpoint
from cloud.push.outbox import AT_ONCE, LEASE_MS, Hindrance, MayAdvertise, Outbox, Terms, nobody
from cloud.push.posting import Poster, Request
from cloud.push.vapid import VapidKey
from cloud.shop import telling
from cloud.shop.messages import Both
from cloud.shop.telling import Pushed, Told
from cloud.store import pushes, shoppers
from cloud.store.connection import Store
from cloud.store.erasing import erase
from cloud.store.pushes import Queued, Subscription
from tests.cloud.push_service import (
    Handler,
    Phone,
    PushService,
    drips,
    hangs_up,
    is_silent,
    push_service,
    says,
    self_signed,
)
from tests.cloud.shop import Clock
from tests.programs import PATIENCE_S

KEY = VapidKey(vapid.generate())
BACK = Pushed(title=Both(ko="재입고", en="Back in stock"), text=Both(ko="녹차", en="Tea"), url="/01/09520000000011")


@dataclass(slots=True)
class Desk:
    """A store with shoppers whose phones are at the push service, and the program that sends."""

    directory: Path
    service: PushService
    clock: Clock = field(default_factory=Clock)
    may: MayAdvertise = nobody  # of the next process
    store: Store = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.service.server_key = KEY.public
        self.service.now_s = lambda: self.clock.now_ms / 1000
        self.start()

    def start(self) -> None:
        """A new process on the same directory."""
        self.store = Store(self.directory, new_store_id="0" * 32)
        terms = Terms(key=KEY, subject="mailto:push@shop.kr", allowed=Allowed(sandbox=self.service.origin))
        self.outbox = Outbox(
            self.store,
            terms,
            clock=self.clock,
            luck=lambda: 0.0,
            may_advertise=self.may,
            poster=Poster(connect_s=2.0, whole_s=0.6),
        )

    def start_again(self) -> None:
        """The process has ended, and another begins."""
        self.store.close()
        self.start()

    def shopper(self) -> int:
        with self.store.atomic() as connection:
            (count,) = connection.execute("SELECT count(*) FROM profiles").fetchone()
            return shoppers.begin(connection, handle=str(count), language="ko", now_ms=self.clock())

    def phone(self, profile: int, *answers: Callable[[Handler], None], language: str = "ko", key: str = "") -> Phone:
        phone = self.service.phone(*answers)
        subscription = Subscription(
            endpoint=phone.endpoint,
            service="sandbox",
            origin="https://shop.kr",
            server_key=key or KEY.public,
            language=language,
            **phone.keys,
        )
        with self.store.atomic() as connection:
            pushes.subscribe(connection, profile, subscription, self.clock())
        return phone

    def tell(self, profile: int, push: Pushed = BACK) -> Told:
        with self.store.atomic() as connection:
            return telling.tell(
                connection, profile_id=profile, kind="restock", body="{}", at_ms=self.clock(), push=push
            )

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with self.store.reading() as connection:
            return connection.execute(question).fetchall()

    def states(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT state, reason FROM pushes ORDER BY id")

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """The sender runs while the block lasts."""
        task = asyncio.create_task(self.outbox.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(true):
                self.outbox.wake()
                await asyncio.sleep(0.01)

    def send(self, true: Callable[[], bool]) -> None:
        """Runs the sender until this is so."""

        async def scenario() -> None:
            async with self.sending():
                await self.until(true)

        asyncio.run(scenario())


@contextmanager
def opened(directory: Path) -> Iterator[Desk]:
    with push_service() as service:
        desk = Desk(directory, service)
        try:
            yield desk
        finally:
            desk.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk
        assert desk.service.wrong == []


def test_a_message_reaches_each_phone_of_its_shopper_in_the_phones_language(desk: Desk) -> None:
    shopper, stranger = desk.shopper(), desk.shopper()
    korean, english, other = desk.phone(shopper), desk.phone(shopper, language="en"), desk.phone(stranger)
    imported = desk.phone(shopper, language="fr")
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["sent"] == 3)

    (one,), (two,) = korean.delivered, english.delivered
    assert one.told["web_push"] == 8030
    shown = one.told["notification"]
    assert (shown["title"], shown["body"], shown["lang"]) == ("재입고", "녹차", "ko")
    assert shown["navigate"] == "https://shop.kr/01/09520000000011"
    assert shown["tag"] == one.topic != two.topic
    assert (one.ttl, one.urgency) == (86_400, "normal")
    assert two.told["notification"]["title"] == "Back in stock"
    assert imported.delivered[0].told["notification"]["title"] == "Back in stock"
    assert other.delivered == []
    assert desk.states() == [("sent", "")] * 3
    assert desk.rows("SELECT DISTINCT note FROM pushes") == [("",)]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_no_more_ends_and_all_that_waited_for_it(desk: Desk, status: int) -> None:
    shopper = desk.shopper()
    gone, there = desk.phone(shopper, says(status)), desk.phone(shopper)
    desk.tell(shopper)
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["sent"] == 2 and desk.outbox.tally["ended"] == 1)

    assert gone.asked == 1
    assert desk.rows("SELECT endpoint FROM push_subscriptions") == [(there.endpoint,)]
    assert desk.states() == [("sent", ""), ("sent", "")]


def test_429_waits_as_long_as_it_was_told(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper, says(429, Retry_After="120"))
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["retried"] == 1)
    asked_at = desk.clock.now_ms
    assert desk.states() == [("waiting", "429")]
    assert desk.rows("SELECT due_ms FROM pushes") == [(asked_at + 120_000,)]

    desk.clock.now_ms = asked_at + 119_000
    desk.start_again()
    desk.tell(shopper)  # a new message to the same phone has to wait as well
    desk.send(lambda: desk.rows("SELECT count(*) FROM pushes") == [(2,)])
    assert phone.asked == 1
    desk.clock.now_ms = asked_at + 120_000
    desk.start_again()
    desk.send(lambda: desk.outbox.tally["sent"] == 2)
    assert phone.asked == 3


def test_413_makes_it_shorter_once(desk: Desk) -> None:
    shopper = desk.shopper()
    small, smaller = desk.phone(shopper, says(413)), desk.phone(shopper, says(413), says(413))
    foot = Both(ko="무료 수신거부", en="Opt out for free")
    desk.tell(shopper, Pushed(title=BACK.title, text=Both(ko="가" * 300, en="a"), url="/me", foot=foot))
    desk.send(lambda: desk.outbox.tally["sent"] == 1 and desk.outbox.tally["refused"] == 1)

    (delivery,) = small.delivered
    assert delivery.told["notification"]["body"] == "가" * 39 + "…\n무료 수신거부"
    assert smaller.asked == 2
    assert sorted(desk.states()) == [("refused", "413"), ("sent", "")]
    assert desk.outbox.tally["shrunk"] == 2


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (says(500), "500"),
        (says(502, b"<html>bad gateway"), "502"),
        (is_silent, "timeout"),
        (drips, "timeout"),
        (hangs_up, "garbled"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"), "garbled"),
        (lambda handler: handler.wfile.write(b"HTTP/1.1 201 " + b"x" * 20_000), "garbled"),
    ],
    ids=["500", "502", "silent", "drips", "hangs-up", "no-http", "endless-head"],
)
def test_trouble_of_the_service_is_waited_out(desk: Desk, trouble: Callable[[Handler], None], reason: str) -> None:
    shopper = desk.shopper()
    desk.phone(shopper, trouble)
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["retried"] == 1)
    assert desk.states() == [("waiting", reason)]

    desk.clock.now_ms += 15_000
    desk.start_again()
    desk.send(lambda: desk.outbox.tally["sent"] == 1)
    assert desk.states() == [("sent", "")]
    assert desk.rows("SELECT failures, rests_until_ms FROM push_subscriptions") == [(0, 0)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(desk: Desk, status: int) -> None:
    shopper = desk.shopper()
    bait = desk.phone(desk.shopper())
    phone = desk.phone(shopper, says(status, Location=bait.endpoint))
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["refused"] == 1)

    assert (phone.asked, bait.asked) == (1, 0)
    assert desk.states() == [("refused", str(status))]


def test_waiting_survives_a_restart_and_ends_with_the_messages_time(desk: Desk) -> None:
    shopper = desk.shopper()
    short = Pushed(title=BACK.title, text=BACK.text, url="/me", lasts_ms=100_000)
    phone = desk.phone(shopper, says(500), says(500), says(500), says(500), says(500))
    desk.tell(shopper, short)
    for round_ in range(3):  # after 15, 30 and 60 s, each in a process of its own
        asked = round_ + 1
        desk.send(lambda: phone.asked == asked and desk.states()[0][0] != "sending")  # noqa: B023 - called at once
        desk.clock.now_ms += 15_000 * 2**round_
        desk.start_again()

    assert desk.states() == [("expired", "500")]
    assert phone.asked == 3
    desk.clock.now_ms += 1_000_000
    desk.tell(shopper)
    phone.answers.clear()
    desk.send(lambda: desk.outbox.tally["sent"] == 1)


def test_a_process_that_dies_after_sending_and_before_noting_it_sends_again_and_the_phone_shows_one(
    desk: Desk,
) -> None:
    """At least once: which of the two it was nobody can know. Topic and tag make one of it."""
    shopper = desk.shopper()
    phone = desk.phone(shopper)
    desk.tell(shopper)
    # The store cannot be written from the moment at which the service has the push: as if the power were cut.
    dead = threading.Event()

    def power_cut(handler: Handler) -> None:
        dead.set()
        is_silent(handler)

    phone.answers.append(power_cut)

    async def scenario() -> None:
        async with desk.sending():
            await asyncio.to_thread(dead.wait, PATIENCE_S)

    asyncio.run(scenario())
    assert desk.states() == [("sending", "")]
    desk.start_again()
    desk.clock.now_ms += LEASE_MS - 1
    desk.send(lambda: desk.states() == [("sending", "")])
    assert phone.asked == 1
    desk.start_again()
    desk.clock.now_ms += 1
    desk.send(lambda: desk.outbox.tally["sent"] == 1)

    assert phone.asked == 2
    assert desk.states() == [("sent", "")]


def test_copies_of_one_message_are_one_on_the_phone(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper)
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["sent"] == 1)
    with desk.store.atomic() as connection:
        connection.execute(
            "UPDATE pushes SET state = 'waiting', due_ms = 0, note = ?", ('{"title":"재입고","text":"","url":"/me"}',)
        )
    desk.start_again()
    desk.send(lambda: desk.outbox.tally["sent"] == 1)

    assert {delivery.topic for delivery in phone.delivered} == {phone.delivered[0].told["notification"]["tag"]}
    assert phone.shown() == ["재입고"]


def test_64_at_once_queue_and_claim_one_message_and_the_phone_is_asked_once(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper)
    told = desk.tell(shopper)
    queued = Queued(
        message=told.message.id,
        notes=dict.fromkeys(("ko", "en"), '{"title":"2","text":"","url":"/me"}'),
        advertising=False,
        urgency="normal",
        at_ms=desk.clock(),
        expires_ms=desk.clock() + 1_000,
    )
    claimed: list[pushes.Claimed] = []
    start = threading.Barrier(64)

    def race() -> None:
        start.wait()
        with desk.store.atomic() as connection:
            assert pushes.queue(connection, shopper, queued) == 0
            now = desk.clock()
            claimed.extend(pushes.claim(connection, "sandbox", now_ms=now, until_ms=now + LEASE_MS, most=4))

    threads = [threading.Thread(target=race) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 1
    assert desk.rows("SELECT attempts FROM pushes") == [(1,)]

    desk.clock.now_ms += LEASE_MS
    for _ in range(64):
        desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["sent"] == 65)
    assert phone.most == 1
    assert len({delivery.topic for delivery in phone.delivered}) == 65


def test_what_a_round_asks_of_the_queue_is_the_same_however_long_it_is(desk: Desk) -> None:
    """Counted in steps of SQLite's machine: neither a long queue nor another service's makes a round dearer."""

    def steps(costs: list[int]) -> None:
        with desk.store.atomic() as connection:
            connection.set_progress_handler(lambda: costs.append(1), 100)
            now = desk.clock()
            pushes.anything_due(connection, now)
            pushes.expire(connection, now)
            for service in ("google", "sandbox"):
                pushes.claim(connection, service, now_ms=now, until_ms=now + LEASE_MS, most=4)
            pushes.next_due(connection, now)
            connection.set_progress_handler(None, 100)

    few: list[int] = []
    many: list[int] = []
    for costs, shoppers_ in ((few, 20), (many, 600)):
        with desk.store.atomic():
            for _ in range(shoppers_):
                shopper = desk.shopper()
                desk.phone(shopper)
                desk.tell(shopper)
        steps(costs)
    assert len(many) <= 3 * len(few) + 20


def test_what_became_of_each_push_is_counted_among_the_figures(desk: Desk) -> None:
    shopper = desk.shopper()
    for answer in (says(201), says(410), says(400), says(500)):
        desk.phone(shopper, answer)
    metrics = Metrics(desk.store)
    watch_pushes(metrics, desk.outbox)
    desk.tell(shopper)
    desk.send(lambda: all(desk.outbox.tally[each] == 1 for each in ("sent", "ended", "refused", "retried")))
    short = Pushed(title=BACK.title, text=BACK.text, url="/me", lasts_ms=0)
    desk.tell(shopper, short)
    shown = metrics.render().decode()

    for what in ("sent", "ended", "refused", "retried"):
        assert f"aisle_pushes_{what} 1.0" in shown
    assert "aisle_pushes_waiting 4.0" in shown
    desk.start_again()
    desk.send(lambda: desk.outbox.tally["expired"] == 3)


def test_one_bad_address_holds_up_nobody(desk: Desk) -> None:
    silent = [desk.phone(desk.shopper(), *[is_silent] * 9) for _ in range(AT_ONCE - 1)]
    well = [desk.shopper() for _ in range(40)]
    phones = [desk.phone(shopper) for shopper in well]
    for number in range(1, AT_ONCE):
        desk.tell(number)
        desk.tell(number)
    for shopper in well:
        desk.tell(shopper)
    done: list[int] = []

    def all_well() -> bool:
        return all(phone.delivered for phone in phones)

    def after() -> bool:
        if all_well() and not done:
            done.append(sum(phone.asked for phone in silent))
        return bool(done)

    desk.send(after)
    assert done[0] < AT_ONCE
    assert all(phone.asked <= 1 for phone in silent)


def test_who_is_erased_while_it_waits_gets_nothing_and_nothing_of_it_is_left(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper, says(500))
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["retried"] == 1)
    with desk.store.atomic() as connection:
        erase(connection, shopper, desk.clock())
    desk.clock.now_ms += 3_600_000
    desk.start_again()
    desk.phone(desk.shopper())
    desk.tell(shopper + 1)
    desk.send(lambda: desk.outbox.tally["sent"] == 1)

    assert phone.asked == 1
    assert desk.rows("SELECT count(*) FROM pushes WHERE state != 'sent'") == [(0,)]
    assert desk.rows("SELECT count(*) FROM push_subscriptions") == [(1,)]


def test_an_advertisement_is_weighed_at_each_attempt_and_not_at_queueing(desk: Desk) -> None:
    asked: list[int] = []
    hindrances: list[Hindrance | None] = [
        None,
        Hindrance(reason="night", passing=True),
        Hindrance(reason="no-consent"),
    ]

    def may(_connection: object, person: int, now_ms: int) -> Hindrance | None:
        asked.append(now_ms)
        assert person == shopper
        return hindrances.pop(0)

    desk.may = may
    desk.start_again()
    shopper = desk.shopper()
    phone = desk.phone(shopper, says(500))
    told = desk.tell(shopper, Pushed(title=BACK.title, text=BACK.text, url="/me"))
    with desk.store.atomic() as connection:
        connection.execute("UPDATE pushes SET advertising = 1")
    began = desk.clock.now_ms
    desk.send(lambda: desk.outbox.tally["retried"] == 1)
    for wait_ms in (15_000, 600_000):
        desk.clock.now_ms += wait_ms
        desk.start_again()
        count = len(asked) + 1
        desk.send(lambda: len(asked) == count and desk.states()[0][0] != "sending")  # noqa: B023 - called at once

    assert told.message.id
    assert asked == [began, began + 15_000, began + 615_000]
    assert phone.asked == 1
    assert desk.states() == [("withheld", "no-consent")]


def test_without_a_gate_no_advertisement_is_sent_at_all(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper)
    desk.tell(shopper)
    with desk.store.atomic() as connection:
        connection.execute("UPDATE pushes SET advertising = 1")
    desk.send(lambda: desk.outbox.tally["withheld"] == 1)
    assert phone.asked == 0


def test_a_phone_that_subscribed_to_another_key_of_the_store_is_given_up(desk: Desk) -> None:
    shopper = desk.shopper()
    phone = desk.phone(shopper, key=VapidKey(vapid.generate()).public)
    desk.tell(shopper)
    desk.send(lambda: desk.outbox.tally["ended"] == 1)
    assert phone.asked == 0
    assert desk.rows("SELECT count(*) FROM push_subscriptions") == [(0,)]


def request(host: str, *, service: str = "google", scheme: str = "https", port: int = 443) -> Request:
    endpoint = Endpoint(service=service, scheme=scheme, host=host, port=port, target="/x")
    return Request(endpoint=endpoint, headers={"ttl": "0"}, body=b"x", now_s=0.0)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_a_name_that_leads_into_the_house_is_not_followed(address: str) -> None:
    """Also where only one of its addresses does: which one would be taken is chance."""
    poster = Poster(resolve=lambda _host, _port: ("142.250.207.14", address))
    assert poster.post(request("fcm.googleapis.com")) is NoAnswer.NOT_PUBLIC


def test_a_sandbox_that_is_not_on_this_machine_is_not_followed() -> None:
    poster = Poster(resolve=lambda _host, _port: ("142.250.207.14",))
    assert poster.post(request("localhost", service="sandbox", scheme="http", port=1)) is NoAnswer.NOT_PUBLIC


def test_the_connection_goes_to_the_address_that_was_looked_at(desk: Desk) -> None:
    """A name is looked up once for an attempt; what it means a moment later (DNS rebinding) is not asked."""
    looked_up: list[str] = []
    port = int(desk.service.origin.rpartition(":")[2])

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        looked_up.append(host)
        return ("127.0.0.1",)

    answer = Poster(resolve=resolve).post(request("no-such.invalid", service="sandbox", scheme="http", port=port))
    assert answer == Answer(status=404)
    assert looked_up == ["no-such.invalid"]


def test_nobody_who_listens_and_no_name_are_no_answer() -> None:
    def nowhere(host: str, _port: int) -> tuple[str, ...]:
        raise OSError(host)

    free = Poster(resolve=lambda _host, _port: ("127.0.0.1",))
    assert free.post(request("localhost", service="sandbox", scheme="http", port=1)) is NoAnswer.UNREACHABLE
    assert Poster(resolve=nowhere).post(request("fcm.googleapis.com")) is NoAnswer.UNREACHABLE
    assert Poster(resolve=lambda _host, _port: ()).post(request("a.kr")) is NoAnswer.UNREACHABLE


@pytest.mark.parametrize(
    ("words", "pause_s"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 1970 00:01:30 GMT", 90.0),
        ("soon", None),
        ("-5", None),
        ("9" * 40, None),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(desk: Desk, words: str, pause_s: float | None) -> None:
    desk.service.bare = says(429, Retry_After=words)
    assert Poster().post(bare(desk)) == Answer(status=429, retry_after_s=pause_s)


def test_a_reason_is_read_as_far_as_it_comes(desk: Desk) -> None:
    desk.service.bare = says(403, b'{"reason":"BadJwtToken"}')
    assert Poster().post(bare(desk)) == Answer(status=403, reason="BadJwtToken")
    desk.service.bare = says(403, b"x" * 100_000 + b'{"reason":"BadJwtToken"}')
    assert Poster().post(bare(desk)) == Answer(status=403)


def test_what_a_server_says_before_its_answer_is_not_the_answer(desk: Desk) -> None:
    def hints(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")
        handler.answer(201)

    desk.service.bare = hints
    assert Poster().post(bare(desk)) == Answer(status=201)


def test_a_service_that_cannot_prove_its_name_is_told_nothing(tmp_path: Path) -> None:
    with push_service(certificate=self_signed(tmp_path)) as service:
        service.bare = says(201)
        port = int(service.origin.rpartition(":")[2])
        asked = request("localhost", service="sandbox", port=port)
        assert Poster().post(asked) is NoAnswer.NOT_TRUSTED
        assert service.heard == 0


def bare(desk: Desk) -> Request:
    port = int(desk.service.origin.rpartition(":")[2])
    return request("localhost", service="sandbox", scheme="http", port=port)
