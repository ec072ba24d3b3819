"""What a node does at the cloud's order: a still of a camera, the errors of a calibration, a list of staff badges."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from contract.calibration import Calibration
from contract.messages import WireError
from contract.orders import Answer, AnyOrder, BadgesOrder, CalibrationOrder, StillOrder, encode_signed, pack_still
from edge import stills
from edge.badges import Badges
from edge.calibrate.calls import calibrated
from edge.facts import Clock, words
from edge.orders import OrderRefused, Orders, obey
from edge.plans.judging import Self
from edge.stills import Around, StillRefused, StillTaken, TakeStill

PATIENCE_S: Final = 30.0
"""How long a camera may take for a still, whatever the order allows."""
MOST_PAIRS: Final = 60  # of a calibration: the time that it takes grows with their square


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How what came of an order gets back; False where there is no connection: it is lost, and the page asks again."""

    send_answer: Callable[[bytes], bool]
    send_still: Callable[[bytes], bool]
    tell_camera: Callable[[str, bytes], bool]  # a line for a camera's process; False when it is away


class Commands:
    """The orders of one node. All but the reckoning of a calibration happens on the loop's thread."""

    def __init__(
        self, me: Self, reach: Reach, *, since_ms: int, notes: logging.Logger, badges: Badges | None = None
    ) -> None:
        """`badges` is where the staff's are kept; without it they are forgotten with the process."""
        self._me, self._reach, self._notes = me, reach, notes
        self.badges = badges or Badges(None)
        self._orders = Orders(since_ms=since_ms)
        self._sitting: dict[str, str] = {}  # by camera, the nonce of the still that it is taking
        self._reckoning = threading.Lock()

    def take(self, payload: bytes, clock: Clock, followed: Callable[[str], Sequence[Around]]) -> bool:
        """Obey an order, or refuse it; whether it was obeyed. `followed` says where a camera shows people now."""
        now_ms = clock.ms(clock.monotonic)
        try:
            self._orders, order = obey(self._orders, payload, self._me, now_ms=now_ms)
        except OrderRefused as error:
            self._notes.warning("an order is refused: %s", error)
            if error.nonce is not None:
                self._refuse(error.nonce, str(error))
            return False
        self._obey(order, clock, now_ms, followed)
        return True

    def done(self, told: StillTaken | StillRefused) -> None:
        """A camera's process answers."""
        if self._sitting.get(told.camera) == told.nonce:
            del self._sitting[told.camera]
        if isinstance(told, StillRefused):
            self._refuse(told.nonce, told.reason)
            return
        self._notes.info("a still of %s is sent, and kept nowhere", told.camera)
        try:
            self._reach.send_still(pack_still(told.nonce, told.jpeg))
        except WireError as error:
            self._refuse(told.nonce, str(error))

    def gone(self, camera: str, reason: str) -> None:
        """A camera's process ended or sees nothing: what it was taking will not come."""
        nonce = self._sitting.pop(camera, None)
        if nonce is not None:
            self._refuse(nonce, f"the camera does not see: {reason}")

    def _obey(self, order: AnyOrder, clock: Clock, now_ms: int, followed: Callable[[str], Sequence[Around]]) -> None:
        match order:
            case StillOrder(camera=camera):
                seconds = min(PATIENCE_S, (order.until - now_ms) / 1000)
                line = TakeStill(nonce=order.nonce, until=clock.monotonic + seconds, people=tuple(followed(camera)))
                if camera not in self._me.cameras:
                    self._refuse(order.nonce, f"this node has no camera {camera!r}")
                elif not self._reach.tell_camera(camera, stills.encode(line)):
                    self._refuse(order.nonce, "the camera's process does not run")
                else:
                    self._sitting[camera] = order.nonce
            case BadgesOrder(badges=badges):
                self._know(badges)
            case CalibrationOrder():
                if len(order.request.pairs) > MOST_PAIRS:
                    self._refuse(order.nonce, f"{len(order.request.pairs)} pairs; allowed are {MOST_PAIRS}")
                elif not self._reckoning.acquire(blocking=False):
                    self._refuse(order.nonce, "another calibration is being reckoned")
                else:
                    threading.Thread(target=self._reckon, args=(order,), name="calibration", daemon=True).start()

    def _know(self, badges: Sequence[str]) -> None:
        """The staff have these badges from now on; the node's health says so, and no answer does."""
        try:
            self.badges.take(badges)
        except OSError as error:
            self._notes.error("the list of staff badges cannot be kept: %s", error.strerror)
        else:
            self._notes.info("the staff have %d badges", len(badges))

    def _reckon(self, order: CalibrationOrder) -> None:
        try:
            found = plain(calibrated(order.request))
        finally:
            self._reckoning.release()
        self._reach.send_answer(encode_signed(Answer(nonce=order.nonce, calibration=found)))

    def _refuse(self, nonce: str, reason: str) -> None:
        self._reach.send_answer(encode_signed(Answer(nonce=nonce, refusal=words(reason))))


def plain(found: Calibration) -> Calibration:
    """The calibration for the wire: its words within the contract's bounds, and no lines to draw."""
    return replace(
        found,
        refusal=None if found.refusal is None else words(found.refusal),
        lens=None if found.lens is None else replace(found.lens, reason=words(found.lens.reason)),
        warp=None if found.warp is None else replace(found.warp, grid=()),
        warnings=tuple(map(words, found.warnings)),
    )
