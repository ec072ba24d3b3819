"""The way of a fact from the ingest's thread to a task of the web."""

import asyncio
import threading

from cloud.bus import Bus
from cloud.facts import Fact, HealthStored, RollupsChanged


def _health(node: str) -> HealthStored:
    return HealthStored(node=node)


def test_a_listener_gets_the_facts_of_its_kinds_in_order() -> None:
    async def scene() -> list[Fact]:
        bus = Bus(asyncio.get_running_loop())
        with bus.listen(HealthStored) as listener:
            facts = [_health("a"), RollupsChanged(node="a", events=3), _health("b")]
            thread = threading.Thread(target=bus.publish, args=(facts,))
            thread.start()
            got: list[Fact] = []
            async for fact in listener:
                got.append(fact)
                if len(got) == 2:
                    bus.close()
            thread.join()
            return got

    assert asyncio.run(asyncio.wait_for(scene(), 5)) == [_health("a"), _health("b")]


def test_a_slow_listener_loses_the_oldest_and_knows_how_many() -> None:
    async def scene() -> tuple[list[Fact], int]:
        bus = Bus(asyncio.get_running_loop())
        with bus.listen(HealthStored, depth=2) as listener:
            bus.publish([_health(name) for name in "abcd"])
            await asyncio.sleep(0)
            bus.close()
            return [fact async for fact in listener], listener.lost

    assert asyncio.run(asyncio.wait_for(scene(), 5)) == ([_health("c"), _health("d")], 2)


def test_a_bus_without_a_loop_takes_facts_in_silence() -> None:
    async def make() -> Bus:
        return Bus(asyncio.get_running_loop())

    asyncio.run(make()).publish([_health("a")])


def test_a_listener_that_comes_after_the_end_ends_at_once() -> None:
    async def scene() -> list[Fact]:
        bus = Bus(asyncio.get_running_loop())
        bus.close()
        with bus.listen(HealthStored) as listener:
            return [fact async for fact in listener]

    assert asyncio.run(asyncio.wait_for(scene(), 5)) == []
