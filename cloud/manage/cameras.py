"""How each camera is: what it sees, how well it is calibrated, and what is wrong with it."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.nodes import NodeRow, NodeState
from cloud.store.calibrations import Calibrated
from cloud.store.device_changes import LastChange
from cloud.store.insight import SeenMinute
from contract.events import Cause
from contract.plan import Camera, Plan

FEWEST_PAIRS = 4
"""That tie a picture to the floor; with two more an error is known."""
HOUR_MS = 3_600_000
_UNTIED = (None, Cause.MISFIT, Cause.UNPLANNED)
"""Why a camera that is not calibrated counts nobody: it needs no more than a calibration."""


class CameraState(enum.StrEnum):
    """What a manager should do about a camera."""

    OK = "ok"  # nothing
    BLIND = "blind"  # it does not see: go there, or calibrate it anew; the cause says which
    BARE = "bare"  # it has no calibration yet: pair points
    SILENT = "silent"  # its node says nothing
    NEVER = "never"  # its node has not spoken of it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One camera of the plan. `since_ms`: when it became what it is, where that is known.

    `covered`: the share of the last hour that it really saw, None where its node told nothing of that hour.
    `advice`: what would let it count better, in its node's words; empty where it counts nobody.
    """

    camera: Camera
    state: CameraState
    cause: Cause | None
    reason: str
    advice: str
    since_ms: int | None
    covered: float | None
    calibrated: Calibrated | None
    node: NodeRow | None


def rows(
    plan: Plan,
    nodes: Iterable[NodeRow],
    *,
    changes: Mapping[str, LastChange],
    seen: Sequence[SeenMinute],
    calibrations: Mapping[str, Calibrated],
) -> tuple[CameraRow, ...]:
    """Every camera of the plan, in the order of their names; `seen` are the minutes of the last hour."""
    by_name = {node.name: node for node in nodes}
    return tuple(
        _row(
            camera,
            by_name.get(camera.node),
            changes.get(camera.id),
            covered(camera.id, seen),
            calibrations.get(camera.id),
        )
        for camera in sorted(plan.cameras, key=lambda camera: camera.id)
    )


def covered(camera: str, seen: Iterable[SeenMinute]) -> float | None:
    """The share of an hour that a camera saw, of which these are the minutes."""
    told = [minute.seen.covered_ms for minute in seen if minute.name == camera]
    return min(1.0, sum(told) / HOUR_MS) if told else None


def _row(
    camera: Camera,
    node: NodeRow | None,
    change: LastChange | None,
    share: float | None,
    calibrated: Calibrated | None,
) -> CameraRow:
    told = next((one for one in node.devices if (one.kind, one.name) == ("camera", camera.id)), None) if node else None
    state = _state(camera, node, None if told is None else told.ok, None if change is None else change.cause)
    blind = state in (CameraState.BLIND, CameraState.BARE) and change is not None and not change.ok
    same = calibrated is not None and calibrated.pairs == len(camera.pairs)
    return CameraRow(
        camera=camera,
        state=state,
        cause=(change.cause if blind and change else None) or (Cause.LOST if state is CameraState.BLIND else None),
        reason="" if told is None else told.reason,
        advice=told.advice if told is not None and state is CameraState.OK else "",
        since_ms=change.at_ms if change is not None and change.ok == (state is CameraState.OK) else None,
        covered=share,
        calibrated=calibrated if same else None,
        node=node,
    )


def _state(camera: Camera, node: NodeRow | None, ok: bool | None, cause: Cause | None) -> CameraState:
    if node is None or node.state is NodeState.NEVER:
        return CameraState.BARE if len(camera.pairs) < FEWEST_PAIRS else CameraState.NEVER
    if node.state is NodeState.SILENT:
        return CameraState.SILENT
    if len(camera.pairs) < FEWEST_PAIRS and (ok is not False or cause in _UNTIED):
        return CameraState.BARE
    if ok is None:
        return CameraState.NEVER
    return CameraState.OK if ok else CameraState.BLIND
