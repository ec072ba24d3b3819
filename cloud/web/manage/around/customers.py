"""One shopper, for those who may look: found by a pseudonym, a card or a code, shown after the look is written down."""

import enum
import sqlite3
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from cloud.manage.rights import Right, Who
from cloud.manage.timeline import TABLES, Timeline, timeline
from cloud.shop import origin, wording
from cloud.shop.consent import Entry, Purpose
from cloud.store import audit_log, catalogue, consents, customers, passports, plans, points
from cloud.store.audit_log import Act
from cloud.store.belongings import TABLES as OWNED
from cloud.store.customers import Member
from cloud.web.language import Language
from cloud.web.manage.around.saying import back, page
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.view import language_of
from contract.plan import Title

PATH = "/manage/customers"
_RECENT = 20
_MOST = 500
"""Rows of one table that a timeline reads, the newest."""


class Why(enum.StrEnum):
    """What somebody looks at a shopper for; it is written down with the look, and the shopper's export tells it."""

    ASKED = "asked"  # the shopper asked: at the counter, by telephone, by letter
    COMPLAINT = "complaint"  # about a sale, an offer or points
    CHECK = "check"  # whether the store's data are right


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words of a choice as they were read then."""

    title: str
    words: str
    version: str


def add_customers(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds the search and a shopper's page."""
    looker = Annotated[Who, Depends(gate.page(Right.SHOPPERS))]

    @router.get(PATH, include_in_schema=False)
    def search(request: Request, who: looker) -> HTMLResponse:
        with desk.store.reading() as connection:
            values: dict[str, object] = {
                "recent": customers.recent(connection, _RECENT),
                "known": customers.count(connection),
                "shopper": None,
            }
        return page(desk, request, who, place="customers", template="customers.html", values=values)

    @router.post(f"{PATH}/find", include_in_schema=False)
    def find(
        request: Request,
        who: Annotated[Who, Depends(gate.data(Right.SHOPPERS))],
        text: Annotated[str, Form(max_length=80)],
    ) -> Response:
        now_ms = desk.clock()
        with desk.store.atomic() as connection:
            found = customers.find(connection, text, now_ms)
            desk.note(connection, who, Act.FOUND, "one" if found else "nobody", person=found.person if found else None)
        return back(request, f"{PATH}/{found.handle}" if found else PATH, "" if found else "nobody")

    @router.get(f"{PATH}/{{handle}}", include_in_schema=False)
    def shopper(request: Request, handle: str, who: looker, why: str = "") -> Response:
        with desk.store.reading() as connection:
            found = customers.member(connection, handle)
        if found is None:
            return back(request, PATH, "nobody")
        values: dict[str, object] = {"shopper": found, "why": why, "reasons": tuple(Why)}
        if why in tuple(Why):
            with desk.store.atomic() as connection:  # before anything is shown
                desk.note(connection, who, Act.LOOKED, why, person=found.person)
            values |= _values(desk, found, language_of(request))
        return page(desk, request, who, place="customers", template="customer.html", values=values)


def _values(desk: Desk, found: Member, language: Language) -> dict[str, object]:
    with desk.store.reading() as connection:
        ledger = consents.ledger(connection, found.person)
        standing = consents.standing(connection, found.person)
        agreed = origin.agreements(ledger)
        owned = [each for each in OWNED if each.table in TABLES]
        rows = {each.table: passports.stored(connection, each, found.person, newest=_MOST) for each in owned}
        rows["bookings"] = tuple(
            {"day_ms": each.day_ms, "reason": str(each.reason), "points": each.points}
            for each in points.bookings(connection, found.person, _MOST)
        )
        told = timeline(rows, standing=standing, agreed=agreed, zone=desk.zone)
        now_ms = desk.clock()
        return {
            "told": told,
            "purposes": tuple(Purpose),
            "standing": standing,
            "agreed": agreed,
            "said": _said(ledger, language),
            "names": _names(connection, told, language),
            "places": _places(connection, told),
            "balance": sum(lot.left for lot in points.lots(connection, found.person) if lot.expires_ms > now_ms),
            "looks": audit_log.looks_at(connection, found.person)[-10:],
        }


def _said(ledger: tuple[Entry, ...], language: Language) -> dict[tuple[str, str, str], Said]:
    """The words of each choice of the ledger, in the language in which it was read; a title in that of the page."""
    found: dict[tuple[str, str, str], Said] = {}
    for entry in ledger:
        try:
            texts = wording.texts(entry.purpose, entry.language, entry.text_version)
        except LookupError:  # words that this program never had
            texts = wording.Texts(title=wording.texts(entry.purpose, language).title, words="")
        found[entry.purpose, entry.language, entry.text_version] = Said(
            title=texts.title, words=texts.words, version=entry.text_version
        )
    for purpose in Purpose:
        texts = wording.texts(purpose, language)
        found[purpose, "", ""] = Said(title=texts.title, words=texts.words, version=wording.TEXT_VERSION)
    return found


def _names(connection: sqlite3.Connection, told: Timeline, language: Language) -> dict[str, str]:
    """The products' names by GTIN; of one that the catalogue has no more, its GTIN."""
    gtins = {gtin for day in told.days for entry in day.entries for gtin, _ in entry.goods}
    found = {gtin: catalogue.product(connection, gtin) for gtin in gtins}
    return {gtin: product.name[language] if product else gtin for gtin, product in found.items()}


def _places(connection: sqlite3.Connection, told: Timeline) -> dict[str, Title]:
    """Where the tags and readers of the timeline are."""
    names = {entry.tag for day in told.days for entry in day.entries if entry.tag}
    tags = {name: tag for name in names if (tag := catalogue.tag(connection, name))}
    return origin.places(plans.plan_now(connection), {name: tag.shelf for name, tag in tags.items() if tag.shelf})
