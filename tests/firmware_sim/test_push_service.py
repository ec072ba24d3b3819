"""The played push service takes what RFC 8030, 8291 and 8292 allow, and nothing else."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.crypto.p256 import KeyPair, PointError, key_pair
from firmware_sim.push.sealed import Receiver, UnreadablePush, unsealed
from firmware_sim.push.service import Delivered, PlantedFault, PushService, Subscription, Verdict
from firmware_sim.push.vapid import Unauthorized, decoded, encoded, proven
from tests.firmware_sim.app_server import NOW_S, ORIGIN, AppServer

HELLO = {"web_push": 8030, "notification": {"title": "(광고) 다온상회", "body": "안녕", "navigate": "http://shop/me"}}

# RFC 8291, appendix A.
RFC_UA = Receiver(
    keys=KeyPair(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), auth=decoded("BTBZMqHH6r4Tts7J_aSIgg")
)
RFC_BODY = decoded(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
    "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


class Bench:
    """A service, one phone's subscription, and the server it is for."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Delivered] = []
        self.server = AppServer()
        self.file = folder / "push.json"
        self.service = self.opened()
        self.subscription = self.service.subscribe("phone-1", encoded(self.server.point))

    def opened(self) -> PushService:
        service = PushService(origin=ORIGIN, file=self.file, wall=lambda: NOW_S * 1000, random=os.urandom)
        service.listeners.append(self.heard.append)
        return service

    @property
    def token(self) -> str:
        return self.subscription.endpoint.rpartition("/")[2]

    def body(self, told: object = HELLO) -> bytes:
        return self.server.seal(json.dumps(told).encode(), self.subscription)

    def headers(self, **changed: str | None) -> Mapping[str, str]:
        usual = {"authorization": self.server.vapid(), "ttl": "60", "content-encoding": "aes128gcm"}
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def post(self, body: bytes | None = None, *, authorization: str | None = None) -> int:
        return self.sent({"authorization": authorization} if authorization else {}, body)

    def sent(self, changed: Mapping[str, str | None], body: bytes | None = None) -> int:
        return self.service.post(self.token, self.headers(**changed), self.body() if body is None else body).status


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_example_of_rfc_8291_is_opened() -> None:
    assert unsealed(RFC_BODY, RFC_UA) == b"When I grow up, I want to be a watermelon"
    assert encoded(RFC_UA.keys.point) == (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )


def test_what_is_sealed_and_signed_reaches_the_phone(bench: Bench) -> None:
    assert bench.post() == 201
    (told,) = bench.heard
    assert (told.owner, told.notification.title) == ("phone-1", "(광고) 다온상회")
    assert bench.service.shown() == {"accepted": 1}


@pytest.mark.parametrize(
    ("changed", "status", "verdict"),
    [
        ({"ttl": None}, 400, Verdict.NO_TTL),
        ({"ttl": "-1"}, 400, Verdict.NO_TTL),
        ({"authorization": None}, 401, Verdict.UNAUTHORIZED),
        ({"authorization": "Bearer x"}, 403, Verdict.FORBIDDEN),
        ({"content-encoding": "aesgcm"}, 400, Verdict.UNREADABLE),
    ],
)
def test_a_header_that_is_wrong_is_refused_and_counted(
    bench: Bench, changed: dict[str, str | None], status: int, verdict: Verdict
) -> None:
    assert bench.sent(changed) == status
    assert (bench.service.verdicts, bench.heard) == ({verdict: 1}, [])


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "http://localhost:9"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": NOW_S - 1}, "exp"),
        ({"exp": NOW_S + 25 * 3600}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"sub": None}, "sub"),
        ({"sub": "somebody"}, "sub"),
        ({"alg": "none"}, "alg"),
    ],
)
def test_a_claim_that_is_wrong_is_refused(bench: Bench, claims: dict[str, Any], said: str) -> None:
    header = bench.server.vapid(**claims)
    assert bench.post(authorization=header) == 403
    with pytest.raises(Unauthorized, match=said):
        proven(header, origin=ORIGIN, now_s=NOW_S)


def test_another_servers_key_may_not_use_the_endpoint(bench: Bench) -> None:
    assert bench.post(authorization=AppServer().vapid()) == 403


def test_a_signature_over_other_claims_does_not_hold(bench: Bench) -> None:
    good, other = bench.server.vapid(), bench.server.vapid(sub="mailto:else@example.com")
    mixed = good.split(".")[0] + "." + other.split(".")[1] + "." + good.split(".")[2]
    assert bench.post(authorization=mixed) == 403


def test_one_changed_bit_of_the_body_is_seen(bench: Bench) -> None:
    body = bytearray(bench.body())
    body[-1] ^= 1
    assert bench.post(bytes(body)) == 400
    assert bench.service.verdicts[Verdict.UNREADABLE] == 1


def test_a_message_that_no_browser_would_show_is_refused(bench: Bench) -> None:
    assert bench.post(bench.body({"title": "hello"})) == 400
    assert bench.service.verdicts[Verdict.UNSHOWN] == 1


def test_padding_is_taken_off_and_a_record_that_is_not_the_last_refused(bench: Bench) -> None:
    text = json.dumps(HELLO).encode()
    assert bench.post(bench.server.seal(text, bench.subscription, padding=300)) == 201
    assert bench.post(bench.server.seal(text, bench.subscription, mark=1)) == 400


def test_a_body_over_four_kilobytes_is_too_long(bench: Bench) -> None:
    assert bench.post(bytes(4_097)) == 413


def test_an_ended_subscription_is_gone_and_an_unknown_one_was_never_there(bench: Bench) -> None:
    assert bench.service.post("nowhere", bench.headers(), b"").status == 404
    bench.service.end("phone-1")
    assert bench.post() == 410


def test_subscriptions_outlive_a_restart_of_the_service(bench: Bench) -> None:
    bench.service = bench.opened()
    assert bench.post() == 201
    assert bench.file.stat().st_mode & 0o077 == 0


def test_a_planted_fault_answers_the_next_message_alone(bench: Bench) -> None:
    bench.service.faults.append(PlantedFault(status=429, retry_after_s=7))
    refused = bench.service.post(bench.token, bench.headers(), bench.body())
    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")
    assert bench.post() == 201


@pytest.mark.parametrize("key", ["", "no key", encoded(bytes(65)), encoded(b"\x04" + bytes(64))])
def test_a_sender_without_a_point_of_the_curve_cannot_send(bench: Bench, key: str) -> None:
    try:
        bench.subscription = bench.service.subscribe("phone-2", key)
    except PointError:
        return
    assert bench.post() == 403


@settings(max_examples=100, deadline=None)
@given(text=st.binary(max_size=600), padding=st.integers(0, 200))
def test_any_text_comes_out_as_it_went_in(text: bytes, padding: int) -> None:
    receiver = Receiver(keys=key_pair(os.urandom(40)), auth=os.urandom(16))
    subscription = Subscription(endpoint="", p256dh=encoded(receiver.keys.point), auth=encoded(receiver.auth))
    assert unsealed(AppServer().seal(text, subscription, padding=padding), receiver) == text


@settings(max_examples=150, deadline=None)
@given(junk=st.binary(max_size=200), cut=st.integers(0, len(RFC_BODY)))
def test_anything_else_is_unreadable_and_never_breaks_the_service(junk: bytes, cut: int) -> None:
    for body in (junk, RFC_BODY[:cut] + junk):
        if body != RFC_BODY:
            with pytest.raises(UnreadablePush):
                unsealed(body, RFC_UA)


@settings(max_examples=150, deadline=None)
@given(
    header=st.one_of(
        st.text(max_size=120), st.from_regex(r"vapid t=[A-Za-z0-9_.-]{0,60}, k=[A-Za-z0-9_=-]{0,90}", fullmatch=True)
    )
)
def test_a_header_of_any_shape_is_refused_in_words(header: str) -> None:
    with pytest.raises(Unauthorized):
        proven(header, origin=ORIGIN, now_s=NOW_S)


def test_keys_are_read_with_padding_as_without() -> None:
    assert decoded(base64.urlsafe_b64encode(b"ab").decode()) == decoded(encoded(b"ab")) == b"ab"
