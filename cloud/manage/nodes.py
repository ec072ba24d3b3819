"""How each node is: whether it speaks, what its devices do, and whether everything it produced is accounted for."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cloud.store.accounts import Account, EpochAccount, LatestHealth, by_node, total
from contract.messages import Health, WireError, decode_health
from contract.plan import Plan

SILENT_MS = 130_000
"""A node speaks each minute and at each change: two minutes and a little without a word are silence."""
BACKLOG_MS = 60_000
"""Events older than this that still wait at the node say that they do not get through."""


class NodeState(enum.StrEnum):
    """What a manager should do about a node."""

    OK = "ok"  # nothing
    ATTENTION = "attention"  # look: a device is lost, events wait, or something is not accounted for
    SILENT = "silent"  # go there: no word since `heard_ms`
    NEVER = "never"  # it is on the plan, but has not spoken yet


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A reader or camera as the node last said; `ok` None where the node has been silent since, or said nothing."""

    kind: str
    name: str
    ok: bool | None
    reason: str
    advice: str = ""  # of a camera that counts, and would count better so


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One node. Times in ms by the cloud's clock; `skew_ms` is how far the node's own was ahead (or behind) of it."""

    name: str
    state: NodeState
    heard_ms: int | None
    skew_ms: int | None
    oldest_ms: int
    rss_mb: float
    temperature_c: float | None  # None where its machine does not tell
    slowed: bool  # by heat, or for want of power
    undervoltage: bool
    program: str
    devices: tuple[DeviceRow, ...]
    account: Account
    plan_runs: int | None = None  # the version of the plan that it says it works by
    plan_sent: int | None = None  # the store's newest, which waits for it at the broker
    plan_problem: str = ""  # why it does not take that, in its words


def nodes(
    plan: Plan | None, healths: Iterable[LatestHealth], accounts: Sequence[EpochAccount], *, now_ms: int
) -> tuple[NodeRow, ...]:
    """Every node that is on the plan or has ever spoken, in the order of their names."""
    latest = {health.node: health for health in healths}
    books = by_node(accounts)
    return tuple(
        _row(name, plan, latest.get(name), total(books.get(name, ())), now_ms)
        for name in sorted({*(plan.nodes if plan else ()), *latest, *books})
    )


def _row(name: str, plan: Plan | None, health: LatestHealth | None, books: Account, now_ms: int) -> NodeRow:
    row = NodeRow(
        name=name,
        state=NodeState.NEVER,
        heard_ms=None,
        skew_ms=None,
        oldest_ms=0,
        rss_mb=0.0,
        temperature_c=None,
        slowed=False,
        undervoltage=False,
        program="",
        devices=_planned(name, plan),
        account=books,
        plan_sent=None if plan is None else plan.version,
    )
    if health is None:
        return row
    row = replace(
        row, state=NodeState.ATTENTION, heard_ms=health.received_ms, skew_ms=health.at_ms - health.received_ms
    )
    try:
        said = decode_health(health.body.encode())
    except WireError:  # another version wrote it: the node lives, and that is all we know
        return row
    silent = now_ms - health.received_ms > SILENT_MS
    devices = _devices(said, row.devices, silent=silent)
    worried = books.difference or said.oldest_ms > BACKLOG_MS or not all(device.ok for device in devices)
    return replace(
        row,
        state=NodeState.SILENT if silent else NodeState.ATTENTION if worried else NodeState.OK,
        oldest_ms=said.oldest_ms,
        rss_mb=said.rss_mb,
        temperature_c=said.temperature_c,
        slowed=bool(said.throttled),
        undervoltage=bool(said.undervoltage),
        program=said.program,
        devices=devices,
        plan_runs=said.plan,
        plan_problem=said.plan_problem,
    )


def _devices(said: Health, planned: Sequence[DeviceRow], *, silent: bool) -> tuple[DeviceRow, ...]:
    """The devices that the node spoke of, then those of the plan that it left out."""
    cameras = (
        DeviceRow(
            kind="camera", name=name, ok=None if silent else camera.ok, reason=camera.reason, advice=camera.advice
        )
        for name, camera in sorted(said.cameras.items())
    )
    readers = (
        DeviceRow(kind="reader", name=name, ok=None if silent else reader.ok, reason=reader.reason)
        for name, reader in sorted(said.readers.items())
    )
    left_out = (one for one in planned if one.name not in (said.cameras if one.kind == "camera" else said.readers))
    return (*cameras, *readers, *left_out)


def _planned(name: str, plan: Plan | None) -> tuple[DeviceRow, ...]:
    """The devices that the plan gives a node, of which nobody has spoken yet."""
    cameras = [one.id for one in plan.cameras if one.node == name] if plan else []
    readers = [one.id for one in plan.readers if one.node == name] if plan else []
    return (
        *(DeviceRow(kind="camera", name=camera, ok=None, reason="") for camera in cameras),
        *(DeviceRow(kind="reader", name=reader, ok=None, reason="") for reader in readers),
    )
