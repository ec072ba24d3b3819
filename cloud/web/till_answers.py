"""What tills are answered: JSON where something was kept, a problem (RFC 9457) where nothing was."""

from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from cloud.shop.checkout import Reason, Refused
from cloud.store.sales import Kept
from cloud.web.till_door import CHALLENGE

PROBLEM = "application/problem+json"
_STATUS = {Reason.NO_SALE: 404, Reason.KEY_REUSED: 422}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and a JSON text, as they are kept under a key."""

    status: int
    text: str

    def response(self, *, again: bool = False) -> Response:
        """The answer; `again`: it was given before, under the same key."""
        headers = {"idempotency-replayed": "true"} if again else {}
        return Response(self.text, self.status, headers, media_type="application/json")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why nothing was kept (RFC 9457); `reason` is for programs, `detail` for people."""

    title: str
    status: int
    reason: str
    detail: str = ""


def kept(kept_as: Kept, answer: msgspec.Struct) -> Answer:
    """What is answered where something stands in the books now: 201 the first time, 200 after it."""
    return Answer(status=201 if kept_as is Kept.NEW else 200, text=msgspec.json.encode(answer).decode())


def refused(error: Refused) -> Response:
    """Nothing was kept, and why."""
    return problem(_STATUS.get(error.reason, 409), "Not kept", error.reason, str(error))


def unreadable(error: ValueError) -> Response:
    """What came cannot be read."""
    return problem(422, "Not readable", "unreadable", str(error))


def stranger() -> Response:
    """No till is known by this."""
    answer = problem(401, "No till is known by this", "no-till", "Send a till's token, or a signature of its secret.")
    answer.headers["www-authenticate"] = CHALLENGE
    return answer


def problem(status: int, title: str, reason: str, detail: str = "") -> Response:
    """One problem, on one line."""
    body = msgspec.json.encode(Problem(title=title, status=status, reason=reason, detail=detail))
    return Response(body + b"\n", status, media_type=PROBLEM)
