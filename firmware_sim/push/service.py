"""The push service: endpoints for subscriptions, and what becomes of each message that comes to one (RFC 8030)."""

import enum
import json
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firmware_sim.crypto.p256 import POINT_BYTES, KeyPair, PointError, key_pair
from firmware_sim.push.notification import Notification, UnshownPush, decode_notification
from firmware_sim.push.sealed import Receiver, UnreadablePush, unsealed
from firmware_sim.push.vapid import Unauthorized, decoded, encoded, proven

LARGEST: Final = 4_096
"""Bytes of a message that every push service must take (RFC 8030, section 7.2); this one takes no more."""
_RANDOM_KEY: Final = 40


class Verdict(enum.StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"  # verified, opened, and handed to its phone
    NO_TTL = "no-ttl"  # without a time to live
    UNAUTHORIZED = "unauthorized"  # without a proof of its sender
    FORBIDDEN = "forbidden"  # with a proof that does not hold, or of another sender
    UNKNOWN = "unknown"  # to an endpoint that never was
    ENDED = "ended"  # to a subscription that its phone has ended
    TOO_LONG = "too-long"  # over 4,096 bytes
    UNREADABLE = "unreadable"  # no key of this subscription opens it
    UNSHOWN = "unshown"  # opened, but no declarative notification
    PLANTED = "planted"  # refused because a test or the visitor asked for it


_STATUS: Final = {
    Verdict.ACCEPTED: 201,
    Verdict.NO_TTL: 400,
    Verdict.UNAUTHORIZED: 401,
    Verdict.FORBIDDEN: 403,
    Verdict.UNKNOWN: 404,
    Verdict.ENDED: 410,
    Verdict.TOO_LONG: 413,
    Verdict.UNREADABLE: 400,
    Verdict.UNSHOWN: 400,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a phone's browser hands to the page that asked, as `PushSubscription.toJSON()` names it."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that reached its phone."""

    owner: str  # whose phone
    at_ms: int
    notification: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAnswer:
    """What the sender is told."""

    status: int
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """How the next message to anybody is answered, whatever it is."""

    status: int
    retry_after_s: int | None = None


@dataclass(slots=True)
class _Kept:
    """One subscription as the service keeps it."""

    owner: str
    receiver: Receiver
    sender: bytes  # the only sender that may use it (RFC 8292, section 4)
    ended: bool = False


class _Refused(Exception):
    def __init__(self, verdict: Verdict, words: str) -> None:
        super().__init__(words)
        self.verdict = verdict


class PushService:
    """Keeps subscriptions over restarts in a file, since their senders do.

    `origin` is where it is reached, `wall` ms since the Unix epoch; `listeners` get each message that reached a phone.
    """

    def __init__(
        self,
        *,
        origin: str,
        file: Path,
        wall: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self.origin = origin
        self._file, self._wall, self._random = file, wall, random
        self.listeners: list[Callable[[Delivered], None]] = []
        self._kept = _read(file)
        self.verdicts: Counter[Verdict] = Counter()
        self.faults: deque[PlantedFault] = deque()

    def subscribe(self, owner: str, sender_key: str) -> Subscription:
        """A new subscription of this phone for one sender's key (base64url). Raises PointError."""
        try:
            sender = decoded(sender_key)
        except ValueError as error:
            raise PointError(f"the sender's key: {error}") from None
        if len(sender) != POINT_BYTES:
            raise PointError(f"the sender's key has {len(sender)} bytes; {POINT_BYTES} are needed")
        receiver = Receiver(keys=key_pair(self._random(_RANDOM_KEY)), auth=self._random(16))
        token = encoded(self._random(18))
        self._kept[token] = _Kept(owner, receiver, sender)
        self._save()
        return Subscription(
            endpoint=f"{self.origin}/push/{token}", p256dh=encoded(receiver.keys.point), auth=encoded(receiver.auth)
        )

    def end(self, owner: str) -> None:
        """This phone wants no more messages: its endpoints are gone for good."""
        for kept in self._kept.values():
            kept.ended |= kept.owner == owner
        self._save()

    def post(self, token: str, headers: Mapping[str, str], body: bytes) -> PushAnswer:
        """One message from a sender; `headers` by their lower-case names."""
        if self.faults:
            fault = self.faults.popleft()
            self.verdicts[Verdict.PLANTED] += 1
            wait = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
            return PushAnswer(status=fault.status, words="planted", headers=wait)
        try:
            delivered = self._taken(token, headers, body)
        except _Refused as refused:
            self.verdicts[refused.verdict] += 1
            challenge = {"WWW-Authenticate": "vapid"} if refused.verdict is Verdict.UNAUTHORIZED else {}
            return PushAnswer(status=_STATUS[refused.verdict], words=str(refused), headers=challenge)
        self.verdicts[Verdict.ACCEPTED] += 1
        for listener in self.listeners:
            listener(delivered)
        where = f"{self.origin}/push/message/{encoded(self._random(12))}"
        return PushAnswer(status=201, headers={"Location": where, "TTL": headers["ttl"]})

    def shown(self) -> dict[str, int]:
        """How many messages met which verdict."""
        return {verdict.value: self.verdicts[verdict] for verdict in Verdict if self.verdicts[verdict]}

    def _taken(self, token: str, headers: Mapping[str, str], body: bytes) -> Delivered:
        kept = self._kept.get(token)
        if kept is None:
            raise _Refused(Verdict.UNKNOWN, "no such endpoint")
        if kept.ended:
            raise _Refused(Verdict.ENDED, "the subscription has ended")
        self._check_sender(kept, headers.get("authorization", ""))
        if not headers.get("ttl", "").isdecimal():
            raise _Refused(Verdict.NO_TTL, f"TTL = {headers.get('ttl')!r}: whole seconds are needed")
        if len(body) > LARGEST:
            raise _Refused(Verdict.TOO_LONG, f"{len(body)} bytes; {LARGEST} are allowed")
        if headers.get("content-encoding", "").lower() != "aes128gcm":
            raise _Refused(Verdict.UNREADABLE, "Content-Encoding: aes128gcm is needed")
        try:
            notification = decode_notification(unsealed(body, kept.receiver))
        except UnreadablePush as error:
            raise _Refused(Verdict.UNREADABLE, str(error)) from None
        except UnshownPush as error:
            raise _Refused(Verdict.UNSHOWN, str(error)) from None
        return Delivered(owner=kept.owner, at_ms=round(self._wall()), notification=notification)

    def _check_sender(self, kept: _Kept, authorization: str) -> None:
        if not authorization:
            raise _Refused(Verdict.UNAUTHORIZED, "Authorization is missing")
        try:
            sender = proven(authorization, origin=self.origin, now_s=self._wall() / 1000)
        except Unauthorized as error:
            raise _Refused(Verdict.FORBIDDEN, str(error)) from None
        if sender.point != kept.sender:
            raise _Refused(Verdict.FORBIDDEN, "this endpoint belongs to another sender's key")

    def _save(self) -> None:
        rows = [
            {
                "token": token,
                "owner": kept.owner,
                "secret": encoded(kept.receiver.keys.secret),
                "auth": encoded(kept.receiver.auth),
                "sender": encoded(kept.sender),
                "ended": kept.ended,
            }
            for token, kept in self._kept.items()
        ]
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(rows))


def _read(file: Path) -> dict[str, _Kept]:
    if not file.exists():
        return {}
    return {
        row["token"]: _Kept(
            owner=row["owner"],
            receiver=Receiver(keys=KeyPair(decoded(row["secret"])), auth=decoded(row["auth"])),
            sender=decoded(row["sender"]),
            ended=row["ended"],
        )
        for row in json.loads(file.read_text())
    }
