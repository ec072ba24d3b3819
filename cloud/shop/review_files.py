"""Reviews of an earlier system, as a CSV file tells them."""

import datetime as dt
from dataclasses import dataclass

from cloud.gs1 import is_gtin14
from cloud.shop import reviews
from cloud.shop.catalogue import GTIN, Columns, Row, rows_of
from cloud.shop.reviews import Draft, Fault

LANGUAGES = ("ko", "en")
REVIEWS = Columns(("gtin", "stars", "text", "language", "date"), ("name", "verified", "rewarded"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtIn:
    """A review with what its file says of it; `day` is the store's."""

    gtin: str
    draft: Draft
    language: str
    day: dt.date
    verified: bool
    rewarded: bool


def parse_reviews(text: str) -> tuple[BroughtIn, ...]:
    """The reviews of a CSV file with a header line. Raises CsvError."""
    return tuple(map(_review, rows_of(text, REVIEWS)))


def _review(row: Row) -> BroughtIn:
    draft = reviews.read(row.text("stars"), row.text("name"), row.text("text", reviews.MOST_TEXT))
    if isinstance(draft, Fault):
        column, allowed = _ALLOWED[draft]
        raise row.wrong(column, allowed)
    return BroughtIn(
        gtin=row.matching("gtin", is_gtin14, GTIN),
        draft=draft,
        language=row.matching("language", LANGUAGES.__contains__, "ko or en"),
        day=_day(row),
        verified=row.flag("verified"),
        rewarded=row.flag("rewarded"),
    )


def _day(row: Row) -> dt.date:
    try:
        return dt.date.fromisoformat(row.text("date"))
    except ValueError:
        raise row.wrong("date", "a day such as 2026-11-22") from None


_ALLOWED: dict[Fault, tuple[str, str]] = {
    Fault.STARS: ("stars", "1 to 5"),
    Fault.NAME: ("name", f"at most {reviews.MOST_NAME} characters that show"),
    Fault.SHORT: ("text", f"at least {reviews.LEAST_TEXT} characters"),
    Fault.LONG: ("text", f"at most {reviews.MOST_TEXT} characters"),
    Fault.CHARACTERS: ("text", "of characters that show, no ten of the same in a row"),
    Fault.LINK: ("text", "without links"),
}
