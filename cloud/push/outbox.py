"""Empties the queue of pushes: each service has few threads of its own, so that none waits for another's silence."""

import asyncio
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cloud.push import attempts, notes
from cloud.push.attempts import Answer, Attempt, NoAnswer
from cloud.push.endpoints import Allowed, Endpoint, EndpointError
from cloud.push.posting import Poster, Request
from cloud.push.sealing import CODING, BadKeys, seal
from cloud.push.vapid import VapidKey
from cloud.shop.telling import Note
from cloud.store import pushes
from cloud.store.connection import Store, StoreError
from cloud.store.pushes import Claimed, State

AT_ONCE: Final = 16
"""Pushes under way to one service; a phone has one at a time."""
LEASE_MS: Final = 60_000
"""After which an attempt whose end nobody recorded counts as dead: its process died. Far above the longest attempt."""
_LOOK_S: Final = 30.0
"""The longest sleep: what another process queued is seen within it."""
_LATER_MS: Final = 10 * 60_000
_END_S: Final = 3.0
_MOST_TTL_S: Final = 28 * 24 * 3_600
_log = logging.getLogger("aisle.push")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Why an advertisement may not be sent now; `passing`: it may be later."""

    reason: str
    passing: bool = False


MayAdvertise = Callable[[sqlite3.Connection, int, int], Hindrance | None]
"""By the person and the time in ms, whether an advertising push may go out at this moment."""


def nobody(connection: sqlite3.Connection, person: int, now_ms: int) -> Hindrance | None:  # noqa: ARG001 - as asked
    """Sends no advertisement to anybody: what holds where nobody says otherwise."""
    return Hindrance(reason="no-gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How this store sends."""

    key: VapidKey = field(repr=False)
    subject: str  # whom a push service may write to, `mailto:` or `https:`
    allowed: Allowed


class Tally:
    """What became of the pushes of this process. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, what: str, count: int = 1) -> None:
        """So many more."""
        with self._lock:
            self._counts[what] += count

    def __getitem__(self, what: str) -> int:
        with self._lock:
            return self._counts[what]


class Outbox:
    """The one sender of a process: `run` is its task, `wake` says that something was queued."""

    def __init__(
        self,
        store: Store,
        terms: Terms,
        *,
        clock: Callable[[], int],
        luck: Callable[[], float],
        may_advertise: MayAdvertise = nobody,
        poster: Poster | None = None,
    ) -> None:
        self.terms = terms
        self.tally = Tally()
        self._store = store
        self._clock = clock
        self._luck = luck
        self._may_advertise = may_advertise
        self._poster = poster or Poster()
        self._under_way: Counter[str] = Counter()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._ending = False

    def wake(self) -> None:
        """Something was queued. Event loop only."""
        self._woken.set()

    def backlog(self) -> int:
        """How many pushes wait or are under way, in the store. Blocks on it."""
        with self._store.reading() as connection:
            return pushes.backlog(connection)

    async def run(self) -> None:
        """Sends what is due until it is cancelled. What was under way then is tried again after a new start."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._woken.clear()
                try:
                    pause_s = await self._round(loop)
                except (sqlite3.Error, StoreError):
                    _log.exception("the queue of pushes could not be read; it is tried again")
                    pause_s = _LOOK_S
                try:
                    async with asyncio.timeout(pause_s):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            await self._end()

    async def _round(self, loop: asyncio.AbstractEventLoop) -> float:
        """Starts what may start; returns for how many seconds there is nothing to do."""
        free = {name: AT_ONCE - self._under_way[name] for name in self.terms.allowed.services}
        claimed, due_ms = await asyncio.to_thread(self._claim, free)
        for each in claimed:
            self._under_way[each.subscription.service] += 1
            threading.Thread(target=self._send, args=(each, loop), name="push", daemon=True).start()
        if due_ms is None:
            return _LOOK_S
        return min(_LOOK_S, max(0.05, (due_ms - self._clock()) / 1000))

    def _claim(self, free: dict[str, int]) -> tuple[tuple[Claimed, ...], int | None]:
        now_ms = self._clock()
        with self._store.reading() as connection:
            if not pushes.anything_due(connection, now_ms):
                return (), pushes.next_due(connection, now_ms)
        with self._store.atomic() as connection:
            self.tally.add(State.EXPIRED, pushes.expire(connection, now_ms))
            claimed = tuple(
                push
                for name, most in free.items()
                if most > 0
                for push in pushes.claim(connection, name, now_ms=now_ms, until_ms=now_ms + LEASE_MS, most=most)
            )
            # What is due and was not claimed waits for something under way, whose end wakes us.
            return claimed, pushes.next_due(connection, now_ms)

    def _send(self, claimed: Claimed, loop: asyncio.AbstractEventLoop) -> None:
        """One attempt, in a thread of its own."""
        try:
            self._attempt(claimed)
        except (sqlite3.Error, StoreError):
            # Its time will be over, and it will be tried again.
            if not self._ending:
                _log.exception("an attempt to push could not be recorded")
        finally:
            try:
                loop.call_soon_threadsafe(self._done, claimed.subscription.service)
            except RuntimeError:  # the loop is closed: the program is ending
                return

    def _done(self, service: str) -> None:
        self._under_way[service] -= 1
        if not self._under_way.total():
            self._idle.set()
        self._woken.set()

    def _attempt(self, claimed: Claimed) -> None:
        try:
            endpoint = self.terms.allowed.check(claimed.subscription.endpoint)
        except EndpointError as error:
            self._end_push(claimed, State.REFUSED, str(error.fault))
            return
        if claimed.subscription.server_key != self.terms.key.public:
            self._end_phone(claimed, "other-key")
            return
        try:
            body = seal(self._words(claimed), p256dh=claimed.subscription.p256dh, auth=claimed.subscription.auth)
        except BadKeys:
            self._end_phone(claimed, "bad-keys")
            return
        # As late as can be: a consent withdrawn a moment ago counts.
        if not self._may_still(claimed):
            return
        answer = self._poster.post(self._request(claimed, endpoint, body))
        if not self._ending:
            self._record(claimed, answer)

    def _may_still(self, claimed: Claimed) -> bool:
        now_ms = self._clock()
        with self._store.reading() as connection:
            wanted = pushes.still_wanted(connection, claimed)
            hindrance = self._may_advertise(connection, claimed.person, now_ms) if claimed.advertising else None
        if not wanted:
            return False
        if hindrance is None:
            return True
        later_ms = now_ms + _LATER_MS
        if hindrance.passing and later_ms < claimed.expires_ms:
            with self._store.atomic() as connection:
                pushes.wait(connection, claimed, until_ms=later_ms, reason=hindrance.reason, failed=False)
        else:
            self._end_push(claimed, State.WITHHELD, hindrance.reason)
        return False

    def _words(self, claimed: Claimed) -> bytes:
        phone = claimed.subscription
        return notes.payload(
            msgspec.json.decode(claimed.note, type=Note),
            origin=phone.origin,
            language=phone.language,
            tag=notes.topic(claimed.message, phone.auth),
            short=claimed.shrunk,
        )

    def _request(self, claimed: Claimed, endpoint: Endpoint, body: bytes) -> Request:
        now_ms = self._clock()
        left_s = max(0, (claimed.expires_ms - now_ms) // 1000)
        headers = {
            "authorization": self.terms.key.authorization(
                endpoint.origin, subject=self.terms.subject, now_s=now_ms // 1000
            ),
            "content-encoding": CODING,
            "content-type": "application/octet-stream",
            "ttl": str(min(left_s, _MOST_TTL_S)),
            "urgency": claimed.urgency,
            "topic": notes.topic(claimed.message, claimed.subscription.auth),
        }
        return Request(endpoint=endpoint, headers=headers, body=body, now_s=now_ms / 1000)

    def _record(self, claimed: Claimed, answer: Answer | NoAnswer) -> None:
        now_ms = self._clock()
        attempt = Attempt(
            service=claimed.subscription.service,
            failures=claimed.failures,
            shrunk=claimed.shrunk,
            now_ms=now_ms,
            expires_ms=claimed.expires_ms,
            luck=self._luck(),
        )
        match attempts.judge(answer, attempt):
            case attempts.Sent():
                self._end_push(claimed, State.SENT, "")
            case attempts.Ended(reason=reason):
                self._end_phone(claimed, reason)
            case attempts.Refused(reason=reason):
                self._end_push(claimed, State.REFUSED, reason)
            case attempts.Expired(reason=reason):
                self._end_push(claimed, State.EXPIRED, reason)
            case attempts.Shrink():
                with self._store.atomic() as connection:
                    pushes.shrink(connection, claimed, now_ms)
                self.tally.add("shrunk")
            case attempts.Wait(until_ms=until_ms, reason=reason):
                with self._store.atomic() as connection:
                    pushes.wait(connection, claimed, until_ms=until_ms, reason=reason, failed=True)
                self.tally.add("retried")

    def _end_push(self, claimed: Claimed, state: State, reason: str) -> None:
        with self._store.atomic() as connection:
            pushes.end(connection, claimed, state, now_ms=self._clock(), reason=reason)
        self.tally.add(state)
        if state is State.REFUSED:
            _log.warning("the push service of %s refused a push: %s", claimed.subscription.service, reason)

    def _end_phone(self, claimed: Claimed, reason: str) -> None:
        with self._store.atomic() as connection:
            pushes.end_subscription(connection, claimed.subscription_id)
        self.tally.add(State.ENDED)
        _log.info("a subscription at %s ended: %s", claimed.subscription.service, reason)

    async def _end(self) -> None:
        """Breaks off what is under way; its threads write nothing more."""
        self._ending = True
        self._poster.close()
        if self._under_way.total():
            self._idle.clear()
            try:
                async with asyncio.timeout(_END_S):
                    await self._idle.wait()
            except TimeoutError:
                _log.info("%d pushes were under way at the end", self._under_way.total())
