"""What follows from a push service's answer: whether a push is done, is tried again and when, or is given up."""

import enum
from dataclasses import dataclass
from typing import Final

FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3_600.0
LONGEST_ASKED_S: Final = 24 * 3_600.0
"""However long a service asks us to wait, a day is enough."""
APPLE: Final = "apple"
_OUR_FAULT: Final = frozenset(("BadJwtToken", "BadAuthorizationHeader", "BadWebPushTopic", "BadUrgency", "BadTtl"))
"""Reasons with which Apple refuses a request of any subscription: nothing is wrong with this one."""


class NoAnswer(enum.StrEnum):
    """Why there was no answer at all."""

    TIMEOUT = "timeout"  # nothing came in time
    UNREACHABLE = "unreachable"  # no name, no route, nobody listens, or the line broke
    NOT_TRUSTED = "not-trusted"  # the certificate does not hold
    NOT_PUBLIC = "not-public"  # the host's name leads to an address that is not of the open internet
    GARBLED = "garbled"  # what came is no HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a push service said; `retry_after_s` where it asked for a pause, `reason` where its body gave one."""

    status: int
    retry_after_s: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt: `failures` in a row of this address before it; `luck` in [0, 1) spreads the next ones."""

    service: str
    failures: int
    shrunk: bool
    now_ms: int
    expires_ms: int
    luck: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The service took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The subscription is no more; nothing will ever arrive there."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrink:
    """Too long: the short form at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Again at that time; until then nothing goes to this phone."""

    until_ms: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The service will not take this push in any form of ours; the subscription stands."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """The next attempt would come after the message's time."""

    reason: str


Verdict = Sent | Ended | Shrink | Wait | Refused | Expired


def judge(answer: Answer | NoAnswer, attempt: Attempt) -> Verdict:
    """What follows from an answer (RFC 8030, sections 5 and 8.4; RFC 8292, section 4.2; Apple's 403 for the dead)."""
    match answer:
        case NoAnswer.NOT_PUBLIC:
            return Refused(reason=answer)
        case NoAnswer():
            return _again(attempt, None, str(answer))
        case Answer(status=status) if 200 <= status < 300:
            return Sent()
        case Answer(status=404 | 410 as status):
            return Ended(reason=str(status))
        case Answer(status=403) if attempt.service == APPLE and answer.reason not in _OUR_FAULT:
            return Ended(reason="403")
        case Answer(status=413) if not attempt.shrunk:
            return Shrink()
        case Answer(status=408 | 425 | 429 as status):
            return _again(attempt, answer.retry_after_s, str(status))
        case Answer(status=status) if status >= 500:
            return _again(attempt, answer.retry_after_s, str(status))
        case Answer(status=status):
            return Refused(reason=str(status))


def _again(attempt: Attempt, asked_s: float | None, reason: str) -> Verdict:
    """Later: twice as long after each failure, spread over half to all of it, and never before we were asked to."""
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt.failures, 16)) * (0.5 + attempt.luck / 2)
    if asked_s is not None:
        wait_s = max(1.0, min(asked_s, LONGEST_ASKED_S)) * (1 + attempt.luck / 10)
    until_ms = attempt.now_ms + round(wait_s * 1000)
    return Expired(reason=reason) if until_ms >= attempt.expires_ms else Wait(until_ms=until_ms, reason=reason)
