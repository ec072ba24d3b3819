"""How somebody comes in and stays in: the check of a password, sessions that end, by themselves or by hand."""

import hashlib
import threading
from dataclasses import dataclass

from cloud.accounts import people, sessions
from cloud.accounts.database import Accounts
from cloud.accounts.sessions import Means, Session
from cloud.manage.passwords import MOST_TEXT, Passwords, Random
from cloud.manage.rights import Who
from cloud.manage.throttle import Kind, Subject, Throttle
from cloud.shop.pace import neighbourhood

IDLE_MS = 60 * 60_000
"""A session that nobody used for this long is over; an open page uses it each few seconds."""
ABSOLUTE_MS = 12 * 60 * 60_000
"""No session lives longer, used or not."""
FRESH_MS = 10 * 60_000
"""So long after showing who they are may somebody change how they come in."""
_TOUCH_MS = 60_000
"""A session's last use is written down at most this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where somebody comes from: an address, and their device in words."""

    address: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """They are in; `token` goes into the browser's cookie and is kept nowhere else."""

    token: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """They are not. `wait_ms` > 0: nobody even looked. `elsewhere`: the password is right, but not for this store.

    Whether the password or the account was wrong is not told.
    """

    wait_ms: int
    elsewhere: bool = False


class Door:
    """The one way into one store's pages. Safe to use from several threads."""

    def __init__(self, accounts: Accounts, *, store: str, random: Random, passwords: Passwords) -> None:
        """`store` is the store's name, to which all grants and sessions belong."""
        self.accounts = accounts
        self.store = store
        self.passwords = passwords
        self.random = random
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

    def begin(self, subjects: tuple[Subject, ...], now_ms: int) -> int:
        """Counts a try, as failed until `succeed`; the wait in ms where it is not to be looked at."""
        with self._lock:
            return self._throttle.begin(subjects, now_ms)

    def succeed(self, subjects: tuple[Subject, ...]) -> None:
        """The try that began was good."""
        with self._lock:
            self._throttle.succeed(subjects)

    def enter(self, *, account: str, password: str, caller: Caller, now_ms: int) -> Entered | Refused:
        """A session for the right password."""
        account = named(account)
        subjects = (*of_address(caller.address), Subject(kind=Kind.ACCOUNT, name=account))
        if wait := self.begin(subjects, now_ms):
            return Refused(wait_ms=wait)
        hashed = self._right(account, password)
        if hashed is None:
            return Refused(wait_ms=0)
        self.succeed(subjects)
        return self.open(account, Means.PASSWORD, caller=caller, now_ms=now_ms, hashed=hashed)

    def open(
        self, account: str, means: Means, *, caller: Caller, now_ms: int, hashed: str | None = None
    ) -> Entered | Refused:
        """A session of somebody who showed who they are; `hashed`: only while that is still their password's hash."""
        token = self.random(32).hex()
        with self.accounts.atomic() as connection:
            known = people.account(connection, account)
            if known is None or (hashed is not None and known.hashed != hashed):
                return Refused(wait_ms=0)
            if people.role(connection, name=account, store=self.store) is None:
                return Refused(wait_ms=0, elsewhere=True)
            new = sessions.New(
                digest=digest_of(token),
                account=account,
                store=self.store,
                means=means,
                device=caller.device,
                address=caller.address[:64],
            )
            sessions.begin(connection, new, now_ms=now_ms, dead_before_ms=now_ms - ABSOLUTE_MS)
        return Entered(token=token, account=account)

    def session(self, token: str | None, now_ms: int) -> Session | None:
        """The living session of a token in this store, which counts as used now, or None."""
        if not token or len(token) > MOST_TEXT:
            return None
        with self.accounts.reading() as connection:
            session = sessions.by_digest(connection, digest=digest_of(token), store=self.store)
        if session is None or not alive(session, now_ms):
            return None
        if now_ms - session.seen_ms >= _TOUCH_MS:
            with self.accounts.atomic() as connection:
                sessions.touch(connection, session=session.id, now_ms=now_ms)
        return session

    def who(self, token: str | None, now_ms: int) -> Who | None:
        """Whose living session this is, with the role that they have now, or None."""
        session = self.session(token, now_ms)
        return Who(account=session.account, role=session.role) if session else None

    def leave(self, token: str | None) -> None:
        """Ends the session, here and in every copy of its cookie."""
        if token:
            with self.accounts.atomic() as connection:
                sessions.end(connection, digest_of(token))

    def prove(self, session: Session, password: str, *, caller: Caller, now_ms: int) -> bool:
        """Whether the password is that of the session's account, which makes the session fresh again; throttled."""
        subjects = (*of_address(caller.address), Subject(kind=Kind.ACCOUNT, name=session.account))
        if self.begin(subjects, now_ms) or self._right(session.account, password) is None:
            return False
        self.succeed(subjects)
        with self.accounts.atomic() as connection:
            sessions.prove(connection, session=session.id, now_ms=now_ms)
        return True

    def right(self, account: str, password: str) -> bool:
        """Whether it is the account's password; whoever asks counts the tries."""
        return self._right(account, password) is not None

    def _right(self, account: str, password: str) -> str | None:
        """The account's hash where the password is right."""
        with self.accounts.reading() as connection:
            known = people.account(connection, account)
        if not self.passwords.holds(password, known.hashed if known else None) or known is None:
            return None
        if not self.passwords.outdated(known.hashed):
            return known.hashed
        new = self.passwords.hash(password)
        with self.accounts.atomic() as connection:
            people.refresh_hash(connection, name=account, old=known.hashed, new=new)
        return new


def alive(session: Session, now_ms: int) -> bool:
    """Whether a session still counts: used within the hour, begun within 12."""
    return now_ms - session.seen_ms < IDLE_MS and now_ms - session.begun_ms < ABSOLUTE_MS


def fresh(session: Session, now_ms: int) -> bool:
    """Whether who sits there showed just now that it is them."""
    return now_ms - session.proved_ms < FRESH_MS


def named(account: str) -> str:
    """An account's name as it is kept, however it was typed."""
    return account.strip().lower()[:MOST_TEXT]


def digest_of(token: str) -> str:
    """A token has 256 random bits: one plain hash hides it, and a look-up by it tells nothing by its time."""
    return hashlib.sha256(token.encode()).hexdigest()


def of_address(address: str) -> tuple[Subject, ...]:
    """What guesses from an address are counted by, beside the account's name: one line's, as the shopper's side has it.

    Nothing for this machine: through a proxy on it that the settings do not name everybody comes, and whoever guesses
    at names that are nobody's would keep all owners out.
    """
    name = neighbourhood(address)
    return (Subject(kind=Kind.ADDRESS, name=name),) if name else ()
