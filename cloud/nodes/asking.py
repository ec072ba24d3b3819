"""Orders to nodes, and their answers on the way to whoever asked: in memory alone, each given out once.

A calibration still is never written anywhere: it comes from the broker, waits here for its page for a minute at
most, and is forgotten as it is shown.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from cloud.nodes.voice import Voice
from contract.calibration import Calibration, Request
from contract.messages import WireError
from contract.orders import LONGEST_MS, AnyOrder, CalibrationOrder, StillOrder, decode_answer, unpack_still
from contract.topics import Address, Channel

MOST = 16
"""Orders that may wait for their answers at once."""
STILL_MS = 30_000
CALIBRATION_MS = 10_000
_SLACK_S = 2.0
"""For the way of an answer that a node gave in time."""

_log = logging.getLogger("aisle.nodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There is no answer; `reason` in the node's words, None where it said nothing."""

    reason: str | None = None


class Unreachable(Exception):
    """The broker is away, or too many orders wait."""


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """One order. `asker` alone is given the answer."""

    node: str
    asker: str
    answer: "asyncio.Future[bytes | Calibration | Refused]"
    taken: bool = False


class Asking:
    """All orders of one process that wait. It belongs to the event loop in which it was made; `hear` is for any thread.

    `clock` gives the wall time in ms, `random` so many unguessable bytes.
    """

    def __init__(
        self,
        voice: Voice,
        *,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._voice, self._loop = voice, loop
        self._clock, self._random = clock, random
        self._waiting: dict[str, _Waiting] = {}
        self.stray = 0  # answers that nobody waits for

    def still(self, node: str, camera: str, asker: str) -> str:
        """Orders a still; the nonce by which `asker` gets it. Raises Unreachable."""
        nonce, at = self._random(16).hex(), self._clock()
        return self._send(node, StillOrder(nonce=nonce, at=at, until=at + STILL_MS, camera=camera), asker)

    async def picture(self, nonce: str, asker: str) -> bytes | Refused | None:
        """The still of this order, as soon as it comes: once. None where there is none (any more) for this asker."""
        waiting = self._waiting.get(nonce)
        if waiting is None or waiting.asker != asker or waiting.taken:
            return None
        waiting.taken = True
        answer = await waiting.answer
        self._waiting.pop(nonce, None)
        return answer if isinstance(answer, bytes | Refused) else Refused()

    async def calibration(self, node: str, request: Request, asker: str) -> Calibration | Refused:
        """What the node's own code says of these pairs; Refused where it does not answer in time."""
        nonce, at = self._random(16).hex(), self._clock()
        order = CalibrationOrder(nonce=nonce, at=at, until=at + CALIBRATION_MS, request=request)
        try:
            self._send(node, order, asker)
        except Unreachable as error:
            return Refused(reason=str(error))
        answer = await self._waiting[nonce].answer
        self._waiting.pop(nonce, None)
        return answer if isinstance(answer, Calibration | Refused) else Refused()

    def hear(self, address: Address, payload: bytes) -> None:
        """An answer or a still came from a node."""
        try:
            self._loop.call_soon_threadsafe(self._take, address, payload)
        except RuntimeError:  # the loop is closed: the program is ending
            return

    def _send(self, node: str, order: AnyOrder, asker: str) -> str:
        if len(self._waiting) >= MOST:
            raise Unreachable(f"{MOST} orders wait for their nodes already")
        try:
            if not self._voice.order(node, order):
                raise Unreachable("the broker is away")
        except WireError as error:
            raise Unreachable(str(error)) from None
        self._waiting[order.nonce] = _Waiting(node=node, asker=asker, answer=self._loop.create_future())
        self._loop.call_later((order.until - order.at) / 1000 + _SLACK_S, self._silent, order.nonce)
        self._loop.call_later(LONGEST_MS / 1000, self._waiting.pop, order.nonce, None)
        return order.nonce

    def _silent(self, nonce: str) -> None:
        self._answer(nonce, Refused())

    def _take(self, address: Address, payload: bytes) -> None:
        try:
            nonce, answer = _read(address.channel, payload)
        except WireError as error:
            _log.warning("an answer of %s is refused: %s", address.node, error)
            self.stray += 1
            return
        waiting = self._waiting.get(nonce)
        if waiting is None or waiting.node != address.node or waiting.answer.done():
            self.stray += 1
        else:
            self._answer(nonce, answer)

    def _answer(self, nonce: str, answer: bytes | Calibration | Refused) -> None:
        waiting = self._waiting.get(nonce)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(answer)


def _read(channel: Channel, payload: bytes) -> tuple[str, bytes | Calibration | Refused]:
    if channel is Channel.STILL:
        return unpack_still(payload)
    answer = decode_answer(payload)
    return answer.nonce, answer.calibration or Refused(reason=answer.refusal)
