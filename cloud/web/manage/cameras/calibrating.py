"""Pairs of a still and the plan: how well they tie the picture to the floor, and their way into a new version."""

import math
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from cloud.facts import PlanSaved
from cloud.manage.rights import Right, Who
from cloud.nodes.asking import Asking, Refused
from cloud.store import calibrations, plans
from cloud.store.audit_log import Act
from cloud.store.calibrations import Calibrated
from cloud.store.plans import Version
from cloud.web.manage import node_words
from cloud.web.manage.cameras.stills import found
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.view import language_of, look
from cloud.web.numbers import MOST_NUMBER
from contract.calibration import Calibration, Pixels, State
from contract.calibration import Request as Asked
from contract.messages import WireError
from contract.plan import Camera, Pair, Plan, decode_plan, encode_plan

MOST_PAIRS = 60


class Points(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page asks about: pairs of a picture of that size."""

    width: Pixels
    height: Pixels
    pairs: Annotated[tuple[Pair, ...], Meta(max_length=MOST_PAIRS)]


class Errors(Struct, frozen=True, kw_only=True):
    """What it is answered: the node's own words, or why there are none."""

    calibration: Calibration | None = None
    reason: str | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """A saved form; `version` is the plan's that the page showed, `error_cm` what the page itself reckoned."""

    camera: str
    points: Points
    version: int
    error_cm: float | None
    worst_cm: float | None


def add(router: APIRouter, desk: Desk, gate: Gate, asking: Asking | None) -> None:
    """The question and the act."""
    asked = Depends(gate.data(Right.DRAW))

    @router.post("/manage/cameras/{camera}/errors", include_in_schema=False)
    async def errors(camera: str, request: Request, who: Annotated[Who, asked]) -> Response:
        spot = await run_in_threadpool(found, desk, camera)
        try:
            points = msgspec.json.decode(await request.body(), type=Points)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise HTTPException(422, str(error)) from None
        told = await _told(asking, spot, points, who)
        if told.reason is not None:
            said = node_words.told(desk.pages, language_of(request), told.reason)
            told = msgspec.structs.replace(told, reason=said.words)
        return Response(msgspec.json.encode(told), media_type="application/json")

    @router.post("/manage/cameras/{camera}/pairs", include_in_schema=False)
    async def save(camera: str, request: Request, who: Annotated[Who, asked]) -> Response:
        spot = await run_in_threadpool(found, desk, camera)
        async with request.form(max_files=0, max_fields=4 * MOST_PAIRS + 20) as form:
            sent = _sent(form, spot)
        told = await _told(asking, spot, sent.points, who)
        note = desk.pages.text(language_of(request), "Camera %(camera)s calibrated with %(pairs)s pairs")
        words = note % {"camera": camera, "pairs": len(sent.points.pairs)}
        said = await run_in_threadpool(_save, desk, who, sent, told.calibration, words)
        query = [f"{name}={word}" for name, word in (("theme", look(request).theme), ("lang", look(request).lang))]
        return RedirectResponse(f"/manage/cameras/{camera}?{'&'.join([f'said={said}', *query])}", 303)


async def _told(asking: Asking | None, spot: Camera, points: Points, who: Who) -> Errors:
    if asking is None:
        return Errors(reason="this cloud reaches no node")
    question = Asked(
        width=points.width,
        height=points.height,
        pairs=points.pairs,
        sees=spot.sees,
        at=spot.at,
        height_m=spot.height_m,
    )
    answer = await asking.calibration(spot.node, question, who.account)
    return Errors(reason=answer.reason) if isinstance(answer, Refused) else Errors(calibration=answer)


def _sent(form: FormData, spot: Camera) -> Sent:
    """What the form says; rows that are empty are none. 422 names what cannot be."""
    columns = [[str(word).strip() for word in form.getlist(name)] for name in ("u", "v", "x", "y")]
    if len({len(column) for column in columns}) > 1:
        raise HTTPException(422, "each pair has four numbers")
    typed = [row for row in zip(*columns, strict=True) if any(row)]
    try:
        pairs = tuple(Pair(*(_number(word) for word in row)) for row in typed)
        size = {name: int(str(form.get(name) or getattr(spot, name))) for name in ("width", "height")}
        points = msgspec.convert({**size, "pairs": msgspec.to_builtins(pairs)}, Points)
        version = int(str(form.get("version") or 0))
        error_cm, worst_cm = (_known(str(form.get(name) or "")) for name in ("error_cm", "worst_cm"))
    except (ValueError, msgspec.ValidationError) as error:
        raise HTTPException(422, f"the pairs: {error}") from None
    return Sent(camera=spot.id, points=points, version=version, error_cm=error_cm, worst_cm=worst_cm)


def _number(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word!r} is no number")
    return round(number, 4)


def _known(word: str) -> float | None:
    return max(0.0, _number(word)) if word else None


def _save(desk: Desk, who: Who, sent: Sent, told: Calibration | None, note: str) -> str:
    """Makes a version of it, and says how it went in one word: saved, same, changed or wrong."""
    camera, now_ms = sent.camera, desk.clock()
    with desk.store.atomic() as connection:
        plan = plans.plan_now(connection)
        base = plans.plan_of(connection, sent.version) if 0 < sent.version <= MOST_NUMBER else None
        if plan is None or base is None or _tied(plan, camera) != _tied(base, camera):
            return "changed"
        if _tied(plan, camera) == sent.points:
            return "same"
        try:
            # As a node will read it: what it would refuse is no version.
            made = decode_plan(encode_plan(_with(plan, camera, sent.points)))
        except WireError:
            return "wrong"
        version = plans.save(
            connection,
            made,
            by=who.account,
            note=note,
            now_ms=now_ms,
            backdrop=plans.backdrop_of(connection, plan.version),
        )
        desk.note(connection, who, Act.PLAN_SAVED, version.words)
        calibrations.keep(connection, _calibrated(sent, told, version, who.account, now_ms=now_ms))
    desk.bus.publish([PlanSaved(version=version.version)])
    return "saved"


def _tied(plan: Plan, camera: str) -> Points | None:
    """What ties this camera's picture to the floor."""
    spots = (one for one in plan.cameras if one.id == camera)
    return next((Points(width=one.width, height=one.height, pairs=one.pairs) for one in spots), None)


def _with(plan: Plan, camera: str, points: Points) -> Plan:
    return msgspec.structs.replace(
        plan,
        cameras=tuple(
            msgspec.structs.replace(one, width=points.width, height=points.height, pairs=points.pairs)
            if one.id == camera
            else one
            for one in plan.cameras
        ),
    )


def _calibrated(sent: Sent, told: Calibration | None, version: Version, account: str, *, now_ms: int) -> Calibrated:
    """The error of these pairs: as the node's own code tells it or, where that is away, the page."""
    node = told is not None and told.state is State.FITTED
    worst = max((point.error_cm for point in told.points if point.error_cm is not None), default=None) if told else None
    error_cm, worst_cm = (told.error_cm, worst) if node and told else (sent.error_cm, sent.worst_cm)
    return Calibrated(
        camera=sent.camera,
        version=version.version,
        at_ms=now_ms,
        account=account,
        pairs=len(sent.points.pairs),
        reckoned="" if error_cm is None else "node" if node else "page",
        error_cm=error_cm,
        worst_cm=worst_cm,
    )
