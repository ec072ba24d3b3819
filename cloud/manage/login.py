"""How a manager comes in and stays in: the first password, the check of one, sessions that end by themselves."""

import hashlib
import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass

import argon2

from cloud.manage.rights import Role, Who
from cloud.manage.throttle import Kind, Subject, Throttle
from cloud.store import managers
from cloud.store.connection import Store

FIRST_ACCOUNT = "manager"
IDLE_MS = 60 * 60_000
"""A session that nobody used for this long is over; an open page uses it each few seconds."""
ABSOLUTE_MS = 12 * 60 * 60_000
"""No session lives longer, used or not."""
_TOUCH_MS = 60_000
"""A session's last use is written down at most this often."""
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's 32 without i, l, o and u: nothing to mistake when copied from a screen."""
_MOST_TEXT = 256
"""Characters of a password or account that are looked at; a longer one is wrong unread."""

Random = Callable[[int], bytes]
"""So many random bytes, fit for secrets (`secrets.token_bytes` in the program's root)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The password was right; `token` goes into the browser's cookie and is kept nowhere else."""

    token: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The password or the account was wrong, which of both is not told; `wait_ms` > 0 where nobody even looked."""

    wait_ms: int


class Passwords:
    """Argon2id. The default costs are the second choice of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None, *, at_once: int = 2) -> None:
        """At most `at_once` passwords are hashed at a time: each takes the memory that makes guessing dear."""
        self._hasher = hasher or argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)
        self._turns = threading.BoundedSemaphore(at_once)
        self._nobody = self._hasher.hash("the password of an account that does not exist")

    def hash(self, password: str) -> str:
        """The password's hash with a salt of its own."""
        with self._turns:
            return self._hasher.hash(password)

    def holds(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the hash's; None, an account that is not there, takes the same time to deny."""
        with self._turns:
            try:
                self._hasher.verify(hashed or self._nobody, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False
        return hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made at other costs than today's."""
        return self._hasher.check_needs_rehash(hashed)


def new_password(random: Random) -> str:
    """100 random bits in four groups of five letters."""
    bits = int.from_bytes(random(13), "big")
    letters = "".join(_LETTERS[bits >> 5 * place & 31] for place in range(20))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def ensure_first_manager(store: Store, random: Random, *, now_ms: int, passwords: Passwords) -> str | None:
    """Makes the account `manager` where there is none at all; its password, to be shown once, or None."""
    with store.reading() as connection:
        if managers.any_account(connection):
            return None
    password = new_password(random)
    hashed = passwords.hash(password)
    with store.atomic() as connection:
        if managers.any_account(connection):
            return None
        managers.put_account(connection, account=FIRST_ACCOUNT, hashed=hashed, now_ms=now_ms)
    return password


def reset_password(
    store: Store, random: Random, *, now_ms: int, passwords: Passwords, account: str = FIRST_ACCOUNT
) -> str:
    """Gives the account a new password, made where it was not there, and ends its sessions; the password."""
    password = new_password(random)
    hashed = passwords.hash(password)
    with store.atomic() as connection:
        managers.put_account(connection, account=account, hashed=hashed, now_ms=now_ms)
    return password


class Door:
    """The one way into the manager's pages. Safe to use from several threads."""

    def __init__(self, store: Store, *, random: Random, passwords: Passwords) -> None:
        self._store = store
        self._random = random
        self._passwords = passwords
        self._throttle = Throttle()
        self._lock = threading.Lock()

    @property
    def failed(self) -> int:
        """Wrong passwords since the program's start."""
        return self._throttle.failed

    @property
    def held(self) -> int:
        """Tries that came too soon after too many wrong ones since the program's start."""
        return self._throttle.held

    def enter(self, *, account: str, password: str, address: str, now_ms: int) -> Entered | Refused:
        """A session for the right password."""
        account = account.strip().lower()[:_MOST_TEXT]
        subjects = (Subject(kind=Kind.ADDRESS, name=_network(address)), Subject(kind=Kind.ACCOUNT, name=account))
        with self._lock:
            if wait := self._throttle.begin(subjects, now_ms):
                return Refused(wait_ms=wait)
        token = self._session(account, password, now_ms)
        if token is None:
            return Refused(wait_ms=0)
        with self._lock:
            self._throttle.succeed(subjects)
        return Entered(token=token, account=account)

    def who(self, token: str | None, now_ms: int) -> Who | None:
        """Whose living session this is, or None."""
        if not token or len(token) > _MOST_TEXT:
            return None
        digest = _digest(token)
        with self._store.reading() as connection:
            session = managers.session(connection, digest)
        if session is None or not alive(session, now_ms):
            return None
        if now_ms - session.seen_ms >= _TOUCH_MS:
            with self._store.atomic() as connection:
                managers.touch_session(connection, digest=digest, now_ms=now_ms)
        return Who(account=session.account, role=Role.OWNER)

    def leave(self, token: str | None) -> None:
        """Ends the session, here and in every copy of its cookie."""
        if token:
            with self._store.atomic() as connection:
                managers.end_session(connection, _digest(token))

    def _session(self, account: str, password: str, now_ms: int) -> str | None:
        with self._store.reading() as connection:
            hashed = managers.hash_of(connection, account)
        if not self._passwords.holds(password[: _MOST_TEXT + 1], hashed) or hashed is None:
            return None
        hashed = self._renewed(account, password, hashed)
        token = self._random(32).hex()
        with self._store.atomic() as connection:
            begun = managers.begin_session(
                connection,
                digest=_digest(token),
                account=account,
                hashed=hashed,
                now_ms=now_ms,
                dead_before_ms=now_ms - ABSOLUTE_MS,
            )
        return token if begun else None

    def _renewed(self, account: str, password: str, hashed: str) -> str:
        """The account's hash, made anew where today's costs are others."""
        if not self._passwords.outdated(hashed):
            return hashed
        new = self._passwords.hash(password)
        with self._store.atomic() as connection:
            managers.refresh_hash(connection, account=account, old=hashed, new=new)
        return new


def alive(session: managers.Session, now_ms: int) -> bool:
    """Whether a session still counts: used within the hour, begun within 12."""
    return now_ms - session.seen_ms < IDLE_MS and now_ms - session.begun_ms < ABSOLUTE_MS


def _digest(token: str) -> str:
    """A token has 256 random bits: one plain hash hides it, and a look-up by it tells nothing by its time."""
    return hashlib.sha256(token.encode()).hexdigest()


def _network(address: str) -> str:
    """The address, or its /64 for IPv6, where one customer has that many."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
