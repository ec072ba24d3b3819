"""When the till has no line to the cloud: drawn from the seed, once in each span of the day."""

from firmware_sim.town.dice import Dice
from firmware_sim.town.scenario import Till


def back_at_ms(till: Till, seed: int, at_ms: int) -> int | None:
    """When the line that is cut at this time of the day is back; None where it is not cut."""
    every, length = round(till.cut_every_s * 1000), round(till.cut_for_s * 1000)
    span = at_ms // every
    began = span * every + Dice(seed, "till-line", span).whole(0, every - length)
    return began + length if began <= at_ms < began + length else None
