"""Carries letters about alerts to managers' browsers and to web hooks, as often as it takes, also after a restart."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.push import attempts, notes
from cloud.push.attempts import Answer, Attempt, NoAnswer
from cloud.push.endpoints import EndpointError
from cloud.push.hooks import SIGNATURE, AllowedHooks, signature
from cloud.push.outbox import Tally, Terms
from cloud.push.posting import Poster, Request
from cloud.push.sealing import CODING, BadKeys, seal
from cloud.shop.telling import Note
from cloud.store import alert_letters
from cloud.store.alert_letters import Letter, State
from cloud.store.connection import Store

AT_ONCE: Final = 4
LEASE_MS: Final = 60_000
"""After which an attempt whose end nobody recorded counts as dead: far above the longest attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How letters go out: to browsers only with the store's own push terms, to hooks only where some are allowed."""

    push: Terms | None
    hooks: AllowedHooks


class AlarmPost:
    """The one sender of a process. `send` blocks; one thread at a time."""

    def __init__(
        self,
        store: Store,
        ways: Ways,
        *,
        clock: Callable[[], int],
        luck: Callable[[], float],
        may_hear: Callable[[str], bool],
        poster: Poster | None = None,
    ) -> None:
        """`may_hear` says of an account whether it may still see this store's alerts."""
        self.ways = ways
        self.tally = Tally()
        self._store, self._clock, self._luck, self._may_hear = store, clock, luck, may_hear
        self._poster = poster or Poster()
        self._closed = threading.Event()

    def send(self) -> int:
        """One attempt for each letter that is due; returns how many there were. Raises sqlite3.Error, StoreError."""
        now_ms = self._clock()
        with self._store.atomic() as connection:
            letters = alert_letters.due(connection, now_ms, until_ms=now_ms + LEASE_MS, most=10 * AT_ONCE)
        if letters:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alarm") as pool:
                list(pool.map(self._attempt, letters))
        return len(letters)

    def close(self) -> None:
        """Breaks off what is under way; it is tried again after a new start."""
        self._closed.set()
        self._poster.close()

    def _attempt(self, letter: Letter) -> None:
        if letter.browser is not None and not self._may_hear(letter.account):
            with self._store.atomic() as connection:
                alert_letters.end_browser(connection, letter.browser)
            self.tally.add("ended")
            return
        try:
            request = self._hook_request(letter) if letter.browser is None else self._push_request(letter)
        except (EndpointError, BadKeys) as error:
            self._end(letter, State.FAILED, str(error))
            return
        answer = self._poster.post(request)
        if not self._closed.is_set():
            self._record(letter, answer, service=request.endpoint.service)

    def _push_request(self, letter: Letter) -> Request:
        """Raises EndpointError and BadKeys."""
        phone, terms = letter.subscription, self.ways.push
        if phone is None or terms is None or phone.server_key != terms.key.public:
            raise BadKeys("no-key")
        endpoint = terms.allowed.check(phone.endpoint)
        tag = notes.topic(-letter.id, phone.auth)  # below 0: no shopper's message has this name
        note = msgspec.json.decode(letter.body, type=Note)
        words = notes.payload(note, origin=phone.origin, language=phone.language, tag=tag)
        now_ms = self._clock()
        headers = {
            "authorization": terms.key.authorization(endpoint.origin, subject=terms.subject, now_s=now_ms // 1000),
            "content-encoding": CODING,
            "content-type": "application/octet-stream",
            "ttl": str(max(0, (letter.expires_ms - now_ms) // 1000)),
            "urgency": "high" if letter.urgent else "normal",
            "topic": tag,
        }
        body = seal(words, p256dh=phone.p256dh, auth=phone.auth)
        return Request(endpoint=endpoint, headers=headers, body=body, now_s=now_ms / 1000)

    def _hook_request(self, letter: Letter) -> Request:
        """Raises EndpointError: also for one whose host has been taken off the list since."""
        endpoint = self.ways.hooks.check(letter.url)
        body, now_ms = letter.body.encode(), self._clock()
        headers = {
            "content-type": "application/json",
            "user-agent": "Aisle",
            "aisle-delivery": str(letter.id),  # the same at each attempt, so that nothing is taken twice
            SIGNATURE: signature(letter.secret, body, at_s=now_ms // 1000),
        }
        return Request(endpoint=endpoint, headers=headers, body=body, now_s=now_ms / 1000)

    def _record(self, letter: Letter, answer: Answer | NoAnswer, *, service: str) -> None:
        now_ms = self._clock()
        attempt = Attempt(
            service=service,
            failures=letter.attempts - 1,
            shrunk=True,
            now_ms=now_ms,
            expires_ms=letter.expires_ms,
            luck=self._luck(),
        )
        match attempts.judge(answer, attempt):
            case attempts.Sent():
                self._end(letter, State.SENT, "")
            case attempts.Ended(reason=reason) if letter.browser is not None:
                with self._store.atomic() as connection:
                    alert_letters.end_browser(connection, letter.browser)
                self.tally.add("ended")
            case attempts.Wait(until_ms=until_ms, reason=reason):
                with self._store.atomic() as connection:
                    alert_letters.wait(connection, letter.id, until_ms=until_ms, reason=reason)
                self.tally.add("retried")
            case attempts.Ended(reason=reason) | attempts.Refused(reason=reason) | attempts.Expired(reason=reason):
                self._end(letter, State.FAILED, reason)
            case attempts.Shrink():
                self._end(letter, State.FAILED, "413")

    def _end(self, letter: Letter, state: State, reason: str) -> None:
        with self._store.atomic() as connection:
            alert_letters.end(connection, letter.id, state, now_ms=self._clock(), reason=reason)
        self.tally.add(state)
