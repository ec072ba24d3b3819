"""Where pushes may go, what follows from an answer, and what a phone gets: the pure parts of Web Push."""

import json
import os
import stat
import time
from pathlib import Path

import http_ece  # type: ignore[import-untyped]  # it has no types
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloud.errors import UserError
from cloud.push import attempts, notes, vapid
from cloud.push.attempts import Answer, Attempt, NoAnswer
from cloud.push.endpoints import SANDBOX, Allowed, EndpointError, Fault, is_public
from cloud.push.sealing import BadKeys, seal
from cloud.shop.telling import Note
from tests.cloud.push_service import b64, point, unb64, unseal, vapid_claims

NOW_MS = 1_795_230_000_000
DAY_MS = 24 * 3_600_000

# RFC 8291, Appendix A.
VECTOR = {
    "text": b"When I grow up, I want to be a watermelon",
    "as_private": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "ua_private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "ua_public": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    ),
}


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(text)), ec.SECP256R1())


def test_the_standards_own_example_comes_out_bit_for_bit() -> None:
    text, auth = VECTOR["text"], unb64(str(VECTOR["auth"]))
    assert isinstance(text, bytes)
    phone = _private(str(VECTOR["ua_private"]))
    sealed = http_ece.encrypt(
        text,
        salt=unb64(str(VECTOR["salt"])),
        private_key=_private(str(VECTOR["as_private"])),
        dh=unb64(str(VECTOR["ua_public"])),
        auth_secret=auth,
        version="aes128gcm",
    )

    assert b64(point(phone.public_key())) == VECTOR["ua_public"]
    assert b64(sealed) == VECTOR["body"]
    assert unseal(unb64(str(VECTOR["body"])), phone, auth) == text


def test_what_is_sealed_only_the_phone_opens_and_no_two_are_alike() -> None:
    phone, auth = ec.generate_private_key(ec.SECP256R1()), bytes(range(16))
    keys = {"p256dh": b64(point(phone.public_key())), "auth": b64(auth)}
    one, two = (seal("재입고".encode(), **keys) for _ in range(2))

    assert unseal(one, phone, auth) == unseal(two, phone, auth) == "재입고".encode()
    assert one[:16] != two[:16]
    with pytest.raises(InvalidTag):
        unseal(one, ec.generate_private_key(ec.SECP256R1()), auth)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        ("A" * 87, "A" * 22),
        ("B" + "A" * 86, "A" * 22),
        ("!" * 87, "A" * 22),
        (str(VECTOR["ua_public"]), "A" * 21),
        (str(VECTOR["ua_public"])[:-2] + "A4", "A" * 22),
    ],
)
def test_keys_that_no_browser_makes_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(BadKeys):
        seal(b"x", p256dh=p256dh, auth=auth)


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", "google"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "mozilla"),
        ("https://web.push.apple.com/QABC", "apple"),
        ("https://wns2-by3p.notify.windows.com/w/?token=AbC%2b", "microsoft"),
        ("https://FCM.googleapis.com:443/x", "google"),
        ("https://push.example.kr/x", "other"),
        ("https://a.b.example.org/x", "other"),
        ("http://localhost:4711/send/1", SANDBOX),
    ],
)
def test_the_push_services_of_browsers_are_allowed(endpoint: str, service: str) -> None:
    allowed = Allowed(more=("push.example.kr", "*.example.org"), sandbox="http://localhost:4711")
    assert allowed.check(endpoint).service == service


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("http://fcm.googleapis.com/x", Fault.NOT_HTTPS),
        ("https://fcm.googleapis.com:8443/x", Fault.PORT),
        ("https://fcm.googleapis.com@10.0.0.1/x", Fault.USER),
        ("https://u:p@fcm.googleapis.com/x", Fault.USER),
        ("https://fcm.googleapis.com.evil.kr/x", Fault.NOT_ALLOWED),
        ("https://evil-fcm.googleapis.com/x", Fault.NOT_ALLOWED),
        ("https://notify.windows.com/x", Fault.NOT_ALLOWED),
        ("https://xnotify.windows.com/x", Fault.NOT_ALLOWED),
        ("https://.notify.windows.com/x", Fault.NOT_ALLOWED),
        ("https://fcm.googleapis.com./x", Fault.NOT_ALLOWED),
        ("https://127.0.0.1/x", Fault.NOT_ALLOWED),
        ("https://[::1]/x", Fault.NOT_ALLOWED),
        ("https://localhost/x", Fault.NOT_ALLOWED),
        ("http://localhost:4711/x", Fault.NOT_HTTPS),
        ("https://fcm.googleapis.com\\@evil.kr/x", Fault.MALFORMED),
        ("https://fcm.googleapis.com/x\r\nhost: evil", Fault.MALFORMED),
        ("https://fcm.googleapis.com/한", Fault.MALFORMED),
        ("https://fcm.googleapis.com/x#y", Fault.MALFORMED),
        ("https://fcm.googleapis.com:port/x", Fault.MALFORMED),
        ("https://[::1/x", Fault.MALFORMED),
        ("https:///x", Fault.MALFORMED),
        ("javascript:alert(1)", Fault.MALFORMED),
        ("file:///etc/passwd", Fault.MALFORMED),
        ("", Fault.MALFORMED),
        ("https://fcm.googleapis.com/" + "x" * 2_000, Fault.MALFORMED),
    ],
)
def test_every_other_address_is_refused_by_its_fault(endpoint: str, fault: Fault) -> None:
    with pytest.raises(EndpointError) as caught:
        Allowed().check(endpoint)
    assert caught.value.fault is fault


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://fcm.googleapis.com", "http://localhost:1"]))
def test_an_address_is_taken_whole_or_refused_and_nothing_else_happens(text: str, before: str) -> None:
    try:
        endpoint = Allowed(sandbox="http://localhost:1").check(before + text)
    except EndpointError:
        return
    assert endpoint.host == "localhost" or endpoint.host.endswith(
        ("fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
    )
    assert endpoint.target.startswith("/")
    assert endpoint.target.isascii()
    assert not set(endpoint.target) & set(" \r\n\t")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_of_a_house_or_a_machine_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["142.250.207.14", "2a00:1450:4009:80a::200a", "::ffff:142.250.207.14"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


def attempt(service: str = "google", failures: int = 0, *, shrunk: bool = False, luck: float = 0.0) -> Attempt:
    return Attempt(
        service=service, failures=failures, shrunk=shrunk, now_ms=NOW_MS, expires_ms=NOW_MS + DAY_MS, luck=luck
    )


@pytest.mark.parametrize(
    ("answer", "tried", "verdict"),
    [
        (Answer(status=201), attempt(), attempts.Sent()),
        (Answer(status=200), attempt(), attempts.Sent()),
        (Answer(status=404), attempt(), attempts.Ended(reason="404")),
        (Answer(status=410), attempt(), attempts.Ended(reason="410")),
        (Answer(status=403), attempt("apple"), attempts.Ended(reason="403")),
        (Answer(status=403, reason="BadJwtToken"), attempt("apple"), attempts.Refused(reason="403")),
        (Answer(status=403), attempt("google"), attempts.Refused(reason="403")),
        (Answer(status=301), attempt(), attempts.Refused(reason="301")),
        (Answer(status=307), attempt(), attempts.Refused(reason="307")),
        (Answer(status=400), attempt(), attempts.Refused(reason="400")),
        (Answer(status=413), attempt(), attempts.Shrink()),
        (Answer(status=413), attempt(shrunk=True), attempts.Refused(reason="413")),
        (Answer(status=429, retry_after_s=7), attempt(), attempts.Wait(until_ms=NOW_MS + 7_000, reason="429")),
        (Answer(status=429, retry_after_s=0), attempt(), attempts.Wait(until_ms=NOW_MS + 1_000, reason="429")),
        (Answer(status=503, retry_after_s=90), attempt(), attempts.Wait(until_ms=NOW_MS + 90_000, reason="503")),
        (Answer(status=429, retry_after_s=90_000), attempt(), attempts.Expired(reason="429")),
        (Answer(status=500), attempt(), attempts.Wait(until_ms=NOW_MS + 15_000, reason="500")),
        (Answer(status=500), attempt(failures=3), attempts.Wait(until_ms=NOW_MS + 120_000, reason="500")),
        (Answer(status=500), attempt(failures=90), attempts.Wait(until_ms=NOW_MS + 1_800_000, reason="500")),
        (NoAnswer.TIMEOUT, attempt(), attempts.Wait(until_ms=NOW_MS + 15_000, reason="timeout")),
        (NoAnswer.NOT_PUBLIC, attempt(), attempts.Refused(reason="not-public")),
    ],
)
def test_each_answer_has_its_consequence(answer: Answer | NoAnswer, tried: Attempt, verdict: attempts.Verdict) -> None:
    assert attempts.judge(answer, tried) == verdict


_ANSWERS = st.one_of(
    st.sampled_from(NoAnswer),
    st.builds(
        Answer,
        status=st.integers(200, 599),
        retry_after_s=st.none() | st.floats(0, 1e9),
        reason=st.sampled_from(["", "BadJwtToken", "Unregistered"]),
    ),
)


@settings(max_examples=200, deadline=None)
@given(_ANSWERS, st.integers(0, 10_000), st.booleans(), st.floats(0, 0.999999), st.sampled_from(["apple", "google"]))
def test_no_attempt_is_planned_for_after_the_messages_time_or_before_it_was_asked(
    answer: Answer | NoAnswer, failures: int, shrunk: bool, luck: float, service: str
) -> None:
    tried = attempt(service, failures, shrunk=shrunk, luck=luck)
    verdict = attempts.judge(answer, tried)
    if isinstance(verdict, attempts.Wait):
        assert tried.now_ms + 1_000 <= verdict.until_ms < tried.expires_ms
        if isinstance(answer, Answer) and answer.retry_after_s is not None:
            assert verdict.until_ms >= tried.now_ms + 1000 * answer.retry_after_s - 1
    if isinstance(verdict, attempts.Shrink):
        assert not shrunk


def told(note: Note, **options: bool) -> dict[str, object]:
    body = notes.payload(note, origin="https://shop.kr", language="ko", tag="t", **options)
    assert len(body) <= notes.MOST_BYTES
    found: dict[str, object] = json.loads(body)
    return found


def test_a_push_is_one_that_a_browser_can_show_by_itself() -> None:
    assert told(Note(title="재입고", text="녹차가 들어왔어요", url="/01/09520000000011")) == {
        "web_push": 8030,
        "notification": {
            "title": "재입고",
            "body": "녹차가 들어왔어요",
            "navigate": "https://shop.kr/01/09520000000011",
            "lang": "ko",
            "tag": "t",
        },
    }


def test_an_advertisement_is_refused_by_a_button_of_its_own() -> None:
    note = Note(title="(광고) 다온", text="반값", url="/me", foot="무료 수신거부 /stop/abc", stop="/stop/abc")
    notification = told(note)["notification"]
    assert isinstance(notification, dict)
    assert notification["body"] == "반값\n무료 수신거부 https://shop.kr/stop/abc"
    assert notification["actions"] == [
        {"action": "stop", "title": "무료 수신거부", "navigate": "https://shop.kr/stop/abc"}
    ]


_FOOTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=100)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=2_000), st.text(max_size=2_000), _FOOTS, st.booleans())
@example("\0" * 500, "\0" * 500, "", False)
@example("\N{PILE OF POO}" * 500, "\N{PILE OF POO}" * 500, "\N{PILE OF POO}" * 100, False)
@example('"' * 500, "\\" * 500, '"' * 100, False)
def test_however_long_the_words_label_and_way_out_are_never_cut(title: str, text: str, foot: str, short: bool) -> None:
    notification = told(Note(title="(광고) " + title, text=text, url="/me", foot=foot), short=short)["notification"]
    assert isinstance(notification, dict)
    assert notification["title"].startswith("(광고)")
    assert notification["body"].endswith(foot)
    assert not short or len(notification["body"]) <= 41 + len(foot)


def test_a_topic_is_the_same_for_a_message_and_a_phone_and_tells_nothing_else() -> None:
    topics = {notes.topic(message, auth) for message in range(50) for auth in ("a", "b")}
    assert len(topics) == 100
    assert all(len(topic) == 32 and unb64(topic) for topic in topics)
    assert notes.topic(7, "a") == notes.topic(7, "a")


def test_the_stores_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / vapid.FILE
    mask = os.umask(0)
    try:
        key = vapid.load_or_make(path)
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vapid.load_or_make(path).public == key.public
    assert len(unb64(key.public)) == 65
    assert "PRIVATE" not in repr(key)
    assert [each.name for each in tmp_path.iterdir()] == [vapid.FILE]


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_named_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / vapid.FILE
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"push\.pem is no P-256 key"):
        vapid.load_or_make(path)
    assert path.read_bytes() == content


def test_a_token_names_the_service_and_lasts_less_than_a_day() -> None:
    key, now = vapid.VapidKey(vapid.generate()), int(time.time())
    token = key.authorization("https://fcm.googleapis.com", subject="mailto:push@shop.kr", now_s=now)
    claims, named = vapid_claims(token)

    assert named == key.public
    assert claims["aud"] == "https://fcm.googleapis.com"
    assert claims["sub"] == "mailto:push@shop.kr"
    assert now + 10 * 3600 < claims["exp"] <= now + 12 * 3600
    again = key.authorization("https://fcm.googleapis.com", subject="mailto:push@shop.kr", now_s=now)
    other = key.authorization("https://web.push.apple.com", subject="mailto:push@shop.kr", now_s=now)
    later = key.authorization("https://fcm.googleapis.com", subject="mailto:push@shop.kr", now_s=now + 3600)
    assert again == token
    assert vapid_claims(other)[0]["aud"] == "https://web.push.apple.com"
    assert vapid_claims(later)[0]["exp"] == claims["exp"] + 3600


def test_a_token_that_another_key_signed_is_noticed() -> None:
    one, two = (vapid.VapidKey(vapid.generate()) for _ in range(2))
    token = one.authorization("https://a.kr", subject="mailto:a@b.kr", now_s=0).replace(one.public, two.public)
    with pytest.raises(InvalidSignature):
        vapid_claims(token)
