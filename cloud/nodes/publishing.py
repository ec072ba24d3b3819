"""Brings each saved plan to the nodes, and the newest one whenever the broker may have lost it."""

import asyncio
import logging

from cloud.bus import Bus
from cloud.facts import BrokerListens, PlanSaved
from cloud.nodes.voice import Voice
from cloud.store import accounts, plans
from cloud.store.connection import Store
from contract.messages import WireError
from contract.plan import Plan

_AGAIN_S = 5.0

_log = logging.getLogger("aisle.nodes")


class Publishing:
    """The task that publishes; `sent` is the version that the broker holds for the nodes, None for none yet."""

    def __init__(self, store: Store, bus: Bus, voice: Voice) -> None:
        self._store, self._bus, self._voice = store, bus, voice
        self.sent: int | None = None

    async def run(self) -> None:
        """Publishes until the bus closes."""
        with self._bus.listen(PlanSaved, BrokerListens, depth=10) as listener:
            facts = aiter(listener)
            while True:
                done = await asyncio.to_thread(self.publish)
                try:
                    await asyncio.wait_for(anext(facts), None if done else _AGAIN_S)
                except TimeoutError:
                    facts = aiter(listener)  # the wait that was given up ended it
                except StopAsyncIteration:
                    return

    def publish(self) -> bool:
        """Leaves the newest plan with the broker for every node that is on it or has ever spoken; whether all took it.

        A node that is on the plan no more gets it too, and says so: it must not count by an old one for ever.
        """
        with self._store.reading() as connection:
            plan = plans.plan_now(connection)
            heard = {health.node for health in accounts.latest(connection)}
        if plan is None:
            return True
        try:
            taken = [self._voice.plan(node, plan) for node in sorted({*plan.nodes, *heard})]
        except WireError as error:
            _log.error("version %d of the plan cannot be sent: %s", plan.version, error)
            return True
        if all(taken):
            self._note(plan)
        return all(taken)

    def _note(self, plan: Plan) -> None:
        if self.sent != plan.version:
            _log.info("version %d of the plan is sent to the nodes", plan.version)
        self.sent = plan.version
