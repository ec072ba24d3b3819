"""Puts a product's page together: from memory for whoever comes first, anew for a shopper whom the store knows."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from cloud.shop.consent import Purpose
from cloud.shop.tokens import digest, new_token
from cloud.store import catalogue, consents, shoppers, visits
from cloud.store.shoppers import Profile
from cloud.store.sums import MINUTE_MS
from cloud.store.visits import Visit
from cloud.web.language import Language
from cloud.web.services import Services
from cloud.web.shop import answers, linkset, offering, tapping, view
from cloud.web.shop.asking import Asking
from cloud.web.shop.choices import short
from cloud.web.shop.packing import Form, pack
from cloud.web.shop.points import PointsView, points_view
from cloud.web.shop.prepared import Preparations, Prepared, Recent
from cloud.web.shop.sheet import Sheet
from cloud.web.shop.view import ProductView

_READY = 1_000
"""Pages kept ready at once: about 25 kB each."""
_PLAIN = re.compile(r"/01/([0-9]{14})")
_FIELDS = frozenset(("t", "visit", "lang", "from"))
TOLD = {
    "wished": "It is on your list.",
    "unwished": "It is off your list.",
    "full": "Your list is full.",
    "awaited": "We tell you when it is back.",
    "unawaited": "We do not tell you any more.",
    **offering.TOLD,
}
"""What the page says that was just done, by the name that the link back here carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Who looks at what: all that decides what the page of somebody unknown says."""

    view: ProductView
    points: PointsView
    profile: Profile | None
    visit: Visit | None
    offer: offering.OfferView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """A known shopper's visit as far as a decision on its offer goes.

    The floor is told by the minute: until the next one, or another consent, a new decision would only repeat the last.
    """

    profile: int
    visit: int
    standing: frozenset[Purpose]
    minute: int

    @classmethod
    def of(cls, profile: Profile, visit: Visit, standing: frozenset[Purpose], now_ms: int) -> "_Moment":
        """The moment in which a page is read."""
        return cls(profile=profile.id, visit=visit.id, standing=standing, minute=now_ms // MINUTE_MS)

    @property
    def once(self) -> tuple[int, int, bool]:
        """What a visit leaves is left once, and again where they share their taps only now."""
        return (self.profile, self.visit, Purpose.HISTORY in self.standing)


class Composer:
    """The pages of one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._preparations = Preparations(services.pages)
        self._ready: Recent[Form | bytes] = Recent(_READY)
        self._arrived: Recent[bool] = Recent(_READY)
        self._considered: Recent[bool] = Recent(_READY)
        # Stands for a visit's token in a page that is kept; nobody can know it and write it into a product.
        self._mark = new_token(services.random)

    def prepared(self, sheet: Sheet, language: Language, base: str) -> Prepared:
        """The parts of a page that are alike for everybody."""
        return self._preparations.of(sheet, language, base)

    def ready(self, asked: Asking, base: str) -> Response | None:
        """The page where nothing is to be written for it: from memory, or a known shopper's own, made anew; else None.

        Reads a few rows without a thread: a hop to one and back costs more than the reading.
        """
        plain = _PLAIN.fullmatch(asked.path)
        unsigned = "t" in asked.fields and "visit" not in asked.fields  # is counted, which writes
        if not plain or asked.doubled or unsigned or not asked.fields.keys() <= _FIELDS:
            return None
        with self._services.store.reading() as connection:
            sheet = self._services.sheets.kept(plain[1], catalogue.stamp(connection))
            if sheet is None or sheet.product.retired:
                return None
            seen = self._look(connection, asked, sheet)
        if asked.profile_digest:
            return self._own(asked, seen, base) if self._settled(seen) else None
        key = self._key(asked, seen, base)
        kept = self._ready.get(key)
        return None if kept is None else self._send(asked, kept, sheet, base)

    def page(self, asked: Asking, sheet: Sheet, method: str, base: str) -> Response:
        """The page. Blocks on the store."""
        gtin, token, tag = sheet.product.gtin, asked.fields.get("visit"), asked.fields.get("t")
        really = method == "GET" and not asked.prefetch  # a browser's guess at the next page is nobody's tap
        if tag and not token and really:
            tapping.count_unsigned(self._services, gtin=gtin, tag_id=tag, address=asked.address)
        if asked.profile_digest and token and really:
            self._arrive(sheet, asked.profile_digest, token)
        with self._services.store.reading() as connection:
            seen = self._look(connection, asked, sheet)
        if seen.profile or (token and not seen.visit):
            return self._own(asked, seen, base)
        key = self._key(asked, seen, base)
        marked = replace(asked, fields={**asked.fields, "visit": self._mark}) if seen.visit else asked
        text = answers.write(self._services, marked, "product.html", self._values(marked, seen, base, self._mark))
        kept: Form | bytes = text.encode()
        if seen.visit:
            kept = Form(text, self._mark)
        elif asked.gzip:
            kept = pack(text)
        return self._send(asked, self._ready.put(key, kept), sheet, base)

    def _own(self, asked: Asking, seen: _Seen, base: str) -> Response:
        """A page that is made for whoever asks, and not kept."""
        values = self._values(asked, seen, base, asked.fields.get("visit"))
        response = answers.page(self._services, asked, "product.html", values)
        response.headers["link"] = linkset.header(seen.view.sheet.product, base)
        return response

    def _settled(self, seen: _Seen) -> bool:
        """Whether a known shopper's visit has left by now all that it leaves, and its offer was decided on."""
        profile, visit, own = seen.profile, seen.visit, seen.view.own
        if profile is None or visit is None or own is None:
            return False
        moment = _Moment.of(profile, visit, own.standing, self._services.clock())
        return bool(self._arrived.get(moment.once) and self._considered.get(moment))

    def _key(self, asked: Asking, seen: _Seen, base: str) -> tuple[object, ...]:
        """Two requests of the same key get the same page, but for the visit's token."""
        kept = answers.kept(asked.fields)
        if seen.visit:
            kept["visit"] = self._mark
        return (seen.view, seen.points, asked.language, base, asked.path, tuple(kept.items()), asked.gzip)

    def _send(self, asked: Asking, kept: Form | bytes, sheet: Sheet, base: str) -> Response:
        if isinstance(kept, Form):
            token = asked.fields["visit"]
            kept = kept.packed(token) if asked.gzip else kept.plain(token)
        response = answers.packed(asked, kept)
        response.headers["link"] = linkset.header(sheet.product, base)
        return response

    def _arrive(self, sheet: Sheet, phone: str, token: str) -> None:
        """What a known shopper's tap leaves: a visit of theirs and its points where they share taps, and an offer."""
        now_ms = self._services.clock()
        with self._services.store.reading() as connection:
            profile = shoppers.profile(connection, phone)
            visit = view.visit_of(connection, digest(token), sheet.product.gtin, now_ms)
            if profile is None or visit is None:
                return
            tag = catalogue.tag(connection, visit.tag or "")
            standing = consents.standing(connection, profile.person)
        moment = _Moment.of(profile, visit, standing, now_ms)
        # Reading the page again is no second tap; after a restart it is written once more, and changes nothing.
        if not self._arrived.get(moment.once):
            self._keep(profile, visit, now_ms)
            self._arrived.put(moment.once, value=True)
        if not self._considered.get(moment):
            place = view.zone_of_shelf(sheet.plan, tag.shelf if tag else None)
            offering.consider(self._services, profile, visit, place)
            self._considered.put(moment, value=True)

    def _keep(self, profile: Profile, visit: Visit, now_ms: int) -> None:
        with self._services.store.atomic() as connection:
            shoppers.touch(connection, profile.id, now_ms)
            if Purpose.HISTORY in consents.standing(connection, profile.person):
                visits.claim(connection, visit.id, profile.id)
                self._services.earner.tap(connection, profile, visit, now_ms)

    def _look(self, connection: sqlite3.Connection, asked: Asking, sheet: Sheet) -> _Seen:
        """What is to be shown, from one moment of the store; after a decision on what is offered."""
        services, now_ms = self._services, self._services.clock()
        token = asked.fields.get("visit")
        profile = shoppers.profile(connection, asked.profile_digest) if asked.profile_digest else None
        visit = view.visit_of(connection, digest(token) if token else None, sheet.product.gtin, now_ms)
        seen = view.gather(
            connection,
            sheet=sheet,
            tag_id=asked.fields.get("t"),
            came_from=asked.fields.get("from"),
            profile=profile,
            language=asked.language,
        )
        standing = seen.own.standing if seen.own else frozenset[Purpose]()
        points = points_view(
            connection,
            services.scheme,
            profile,
            standing=standing,
            now_ms=now_ms,
            visit=visit,
            price=sheet.product.price,
        )
        offer = None
        if profile and visit and Purpose.OFFERS in standing:
            offer = offering.offer_view(connection, services, profile, visit, asked.language)
        return _Seen(view=seen, points=points, profile=profile, visit=visit, offer=offer)

    def _values(self, asked: Asking, seen: _Seen, base: str, token: str | None) -> Mapping[str, object]:
        """What the template names."""
        sheet, known = seen.view.sheet, seen.profile is not None
        valid = token if seen.visit else None
        told = TOLD.get(asked.fields.get("told", "")) if known else None
        return {
            "view": seen.view,
            "prepared": self.prepared(sheet, asked.language, base),
            "points": seen.points,
            "choices": short(
                seen.view.own.standing if seen.view.own else frozenset(),
                asked.language,
                known=known,
                token=valid or "",
                saved=known and "saved" in asked.fields,
                again=seen.view.own is not None and seen.view.own.again,
            ),
            "known": known,
            "token": valid,
            "expired": "visit" in asked.fields and seen.visit is None,
            "unsigned": "t" in asked.fields and "visit" not in asked.fields,
            "told": told and self._services.pages.text(asked.language, told),
            "offer": seen.offer,
            "carry": {**answers.kept(asked.fields), "lang": asked.language, "gtin": sheet.product.gtin},
        }
