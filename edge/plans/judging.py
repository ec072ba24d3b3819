"""Whether a plan that came over the broker is to be taken: the cloud said it, to this node, it is newer and it fits."""

from dataclasses import dataclass

from contract.messages import PlanRefusal, WireError
from contract.orders import SignedPlan, decode_signed_plan, plan_signed
from contract.plan import Plan, decode_plan
from edge.signature import signed


class PlanRefused(Exception):
    """The plan is not taken; the message says why, in words."""

    def __init__(self, kind: PlanRefusal, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Self:
    """Who this node is: its store and name, its devices by their names, and the cloud's public key, if it has it."""

    store: str
    node: str
    readers: tuple[str, ...]
    cameras: tuple[str, ...]
    cloud_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A plan that may be taken; `message` is what came, for the disk."""

    plan: Plan
    message: bytes


def judge(data: bytes, me: Self, *, running: Plan | None) -> Judged:
    """The plan of a message. Raises PlanRefused; `running` is what the node works by, None for nothing.

    The very plan that runs is not refused: it is no news.
    """
    try:
        message = decode_signed_plan(data)
    except WireError as error:
        raise PlanRefused(PlanRefusal.UNREADABLE, f"a plan that is none: {error}") from None
    _must_be_the_clouds(message, me)
    plan = _read(message)
    told = f"version {plan.version}"
    if plan.store != me.store:
        raise PlanRefused(PlanRefusal.STORE, f"{told} is a plan of the store {plan.store!r}, this is {me.store!r}")
    if running is not None and plan.version <= running.version and plan != running:
        same = plan.version == running.version
        how = "another plan of that version runs" if same else f"version {running.version} runs"
        raise PlanRefused(PlanRefusal.OLDER, f"{told} is not newer: {how}")
    wrong = misfit(plan, me)
    if wrong is not None:
        raise PlanRefused(PlanRefusal.MISFIT, f"{told} does not fit this node: {wrong}")
    return Judged(plan=plan, message=data)


def misfit(plan: Plan, me: Self) -> str | None:
    """Which of the node's devices the plan does not have, or gives to another node; None where it fits."""
    for kind, names, spots in (
        ("reader", me.readers, {spot.id: spot.node for spot in plan.readers}),
        ("camera", me.cameras, {spot.id: spot.node for spot in plan.cameras}),
    ):
        for name in names:
            if name not in spots:
                return f"it has no {kind} {name!r}; it has {', '.join(spots) or 'none'}"
            if spots[name] != me.node:
                return f"it gives the {kind} {name!r} to the node {spots[name]!r}"
    return None


def _must_be_the_clouds(message: SignedPlan, me: Self) -> None:
    told = f"version {message.version}"
    if me.cloud_key is None:
        raise PlanRefused(PlanRefusal.NO_KEY, f"{told} cannot be proven: {NO_KEY}")
    text = plan_signed(store=me.store, node=me.node, version=message.version, plan=message.plan)
    if not signed(me.cloud_key, text, message.signature):
        raise PlanRefused(PlanRefusal.SIGNATURE, f"{told} was not signed by the cloud for this node")


def _read(message: SignedPlan) -> Plan:
    try:
        plan = decode_plan(message.plan.encode())
    except WireError as error:
        raise PlanRefused(PlanRefusal.UNREADABLE, f"version {message.version}: {error}") from None
    if plan.version != message.version:
        raise PlanRefused(PlanRefusal.UNREADABLE, f"version {message.version} holds version {plan.version}")
    return plan


NO_KEY = "the credentials have no cloud_key, so that no plan is taken over the broker"
