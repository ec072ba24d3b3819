"""Who takes part in comparing a campaign with its hold-out: those who see it, and those who would have."""

from msgspec import Struct
from msgspec.structs import replace

from cloud.offers.decision import Record, decide
from cloud.offers.refusals import Refusal
from cloud.offers.situation import Situation


class Part(Struct, frozen=True, kw_only=True):
    """A shopper's part: of those who see the campaign, or of those held out who would have seen it at this moment."""

    campaign: str
    version: int
    held: bool


def parts(record: Record) -> tuple[Part, ...]:
    """What one decision makes its shopper part of; nothing by campaigns that hold nobody out.

    Who is held out takes part when the very same decision, with that campaign let in, would have shown it: only these
    may stand against those who saw it, for all others the campaign changed nothing (Johnson, Lewis and Nubbemeyer,
    "Ghost Ads", Journal of Marketing Research 54(6), 2017). Until that moment both groups were treated alike.
    """
    now, decision = record.situation, record.decision
    of = {it.rules.id: it for it in now.campaigns}
    found: list[Part] = []
    chosen = decision.chosen
    if chosen and of[chosen.campaign].rules.hold_out > 0:
        found.append(Part(campaign=chosen.campaign, version=chosen.version, held=False))
    # What one campaign answers does not depend on the others, so that the one which won stands for all of them.
    rivals = (of[chosen.campaign],) if chosen else ()
    for it in decision.refused:
        if it.refusal is Refusal.HELD_OUT:
            would = decide(let_in(replace(now, campaigns=(*rivals, of[it.campaign])))).chosen
            if would and would.campaign == it.campaign:
                found.append(Part(campaign=it.campaign, version=would.version, held=True))
    return tuple(found)


def let_in(now: Situation) -> Situation:
    """The same moment in which no campaign holds anybody out."""
    free = (replace(it, rules=replace(it.rules, hold_out=0.0)) for it in now.campaigns)
    return replace(now, campaigns=tuple(free))
