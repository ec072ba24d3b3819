"""The thread that judges plans and surveys them, so that taps are read meanwhile: a survey takes a second."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contract.messages import PlanRefusal
from contract.plan import Plan
from edge.plans import keeping
from edge.plans.judging import Judged, PlanRefused, Self, judge
from edge.plans.standing import Standing, Ways, remarks, stand


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTaken:
    """A newer plan is on the disk: from now on the node works by it."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNotTaken:
    """A plan came that is none for this node."""

    kind: PlanRefusal
    reason: str


Planned = PlanTaken | PlanNotTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a node begins with: a plan, the message that it came in where it is the kept one, and what was wrong."""

    plan: Plan | None
    message: bytes | None
    problem: PlanNotTaken | None


def start(folder: Path, file: Plan | None, me: Self) -> Start:
    """The newer one of the operator's file and what the cloud sent last, which needs no network."""
    try:
        message = keeping.kept(folder)
        judged = None if message is None else judge(message, me, running=None)
    except PlanRefused as error:
        return Start(plan=file, message=None, problem=PlanNotTaken(kind=error.kind, reason=f"as kept: {error}"))
    except OSError as error:
        return Start(plan=file, message=None, problem=PlanNotTaken(kind=PlanRefusal.UNKEPT, reason=str(error)))
    if judged is None or (file is not None and file.version > judged.plan.version):
        return Start(plan=file, message=None, problem=None)
    return Start(plan=judged.plan, message=judged.message, problem=None)


class Planner:
    """Takes messages from any thread, and says what became of each, in order, on its own.

    The broker sends the retained plan again at each connection: the very message that runs is passed over in silence.
    """

    def __init__(
        self,
        *,
        folder: Path,
        me: Self,
        ways: Ways,
        begun: Start,
        say: Callable[[Planned], None],
        notes: logging.Logger,
    ) -> None:
        self._folder, self._me, self._ways = folder, me, ways
        self._say, self._notes = say, notes
        self._running = begun.plan
        self._message = begun.message
        self._came: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="planner", daemon=True)

    def start(self) -> None:
        """Begin to judge."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it judges what comes."""
        return self._thread.is_alive()

    def put(self, message: bytes) -> None:
        """Leave a message; never blocks."""
        self._came.put(message)

    def stop(self) -> None:
        """End the thread after the message that it is at."""
        self._came.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (message := self._came.get()) is not None:
            if message == self._message:
                continue
            try:
                self._take(judge(message, self._me, running=self._running))
            except PlanRefused as error:
                self._notes.warning("a plan is refused: %s", error)
                self._say(PlanNotTaken(kind=error.kind, reason=str(error)))
            except Exception as error:  # noqa: BLE001 - the broker would send it again to the next life of this node
                self._notes.exception("a plan cannot be worked by")
                reason = f"it cannot be worked by: {type(error).__name__}"
                self._say(PlanNotTaken(kind=PlanRefusal.UNREADABLE, reason=reason))

    def _take(self, judged: Judged) -> None:
        """Keep it, and tell unless it runs already. Raises PlanRefused where the disk does not take it."""
        standing = None if judged.plan == self._running else stand(judged.plan, self._ways)
        try:
            keeping.keep(self._folder, judged.message)
        except OSError as error:
            reason = f"version {judged.plan.version} cannot be kept: {error.strerror}"
            raise PlanRefused(PlanRefusal.UNKEPT, reason) from None
        self._running, self._message = judged.plan, judged.message
        if standing is not None:
            for level, remark in remarks(standing):
                self._notes.log(level, "%s", remark)
            self._notes.info("the plan of version %d is taken", judged.plan.version)
            self._say(PlanTaken(standing=standing))
