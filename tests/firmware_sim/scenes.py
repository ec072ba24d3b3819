"""What the cameras of the demo's store have to draw: its floor, its door, and who is in it at moments of a day."""

from collections.abc import Iterator

from firmware_sim.town.geometry import spot
from firmware_sim.town.people import Body
from tests.firmware_sim.stores import demo, lived

STORE = demo()
DOOR = (spot(STORE.scenario.door.opening[0]), spot(STORE.scenario.door.opening[1]))


def scenes(every_ms: int) -> Iterator[tuple[Body, ...]]:
    """Moments of a minute and more, once the store has filled."""
    for moment in lived(10, 90_000):
        if moment.world.now >= 20_000 and moment.world.now % every_ms == 0:
            yield tuple(shopper.body() for shopper in moment.world.shoppers)
