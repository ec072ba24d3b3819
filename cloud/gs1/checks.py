"""What GS1 asks of the parts of a value beyond their length and characters, one function for each rule.

Each takes one part of a value and returns why it is wrong, or None. The rules are those of the GS1 General
Specifications, named as in the GS1 Barcode Syntax Dictionary.
"""

import re
from collections.abc import Callable
from typing import Final

from cloud.gs1.codes import COUNTRIES, COUNTRY_LETTERS, CURRENCIES, PACKAGES

NUMERIC: Final = frozenset("0123456789")
CSET_82: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET_64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
CSET_39: Final = frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CSET_32: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Check = Callable[[str], str | None]


def check_digit(digits: str) -> str:
    """The modulo 10 check digit of a key's other digits: weights 3 and 1 in turn from the right."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def _check_digit(part: str) -> str | None:
    wanted = check_digit(part[:-1])
    return None if part[-1] == wanted else f"the check digit is {part[-1]}, it should be {wanted}"


def check_pair(text: str) -> str:
    """The two check characters of an alphanumeric key (GMN): a sum weighted by primes, modulo 1021."""
    total = sum(CSET_82.index(c) * p for c, p in zip(reversed(text), _PRIMES, strict=False)) % 1021
    return _CSET_32[total >> 5] + _CSET_32[total & 31]


def _check_pair(part: str) -> str | None:
    if len(part) < 2:
        return "it is too short for a pair of check characters"
    wanted = check_pair(part[:-2])
    return None if part[-2:] == wanted else f"the check characters are {part[-2:]}, they should be {wanted}"


def _company_prefix(part: str) -> str | None:
    starts = len(part) >= 4 and set(part[:4]) <= NUMERIC
    return None if starts else "it does not begin with a GS1 company prefix (4 digits at least)"


def _month_and_day(year: int, month: int, day: int) -> str | None:
    if not 1 <= month <= 12:
        return f"month {month:02} does not exist"
    last = 28 if month == 2 and year % 4 else _DAYS[month - 1]
    return None if day <= last else f"day {day:02} does not exist in month {month:02}"


def _date_or_month(part: str) -> str | None:
    # Within the window of a two-digit year (General Specifications 7.12) each fourth year is a leap year.
    return _month_and_day(int(part[:2]), int(part[2:4]), int(part[4:6]))


def _date(part: str) -> str | None:
    return "day 00 does not exist" if part[4:6] == "00" else _date_or_month(part)


def _long_date(part: str) -> str | None:
    return "day 00 does not exist" if part[6:] == "00" else _month_and_day(_leap(int(part[:4])), *_pair(part[4:]))


def _leap(year: int) -> int:
    """0 for a leap year, else 1: the only thing about a year that the days of February ask."""
    return 0 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 1


def _pair(part: str) -> tuple[int, int]:
    return int(part[:2]), int(part[2:4])


def _below(limit: int, what: str) -> Check:
    def check(part: str) -> str | None:
        return None if int(part) < limit else f"{what} {part} does not exist"

    return check


def _hour_and_minute(part: str) -> str | None:
    hour, minute = _pair(part)
    return None if hour < 24 and minute < 60 else f"the time {part} does not exist"


def _one_of(allowed: frozenset[str], what: str) -> Check:
    def check(part: str) -> str | None:
        return None if part in allowed else f"{part} is not {what}"

    return check


def _matching(pattern: str, what: str) -> Check:
    form = re.compile(pattern)

    def check(part: str) -> str | None:
        return None if form.fullmatch(part) else f"{part} is not {what}"

    return check


def _iban(part: str) -> str | None:
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{7,30}", part) or part[:2] not in COUNTRY_LETTERS:
        return "it is not an IBAN"
    turned = "".join(str(int(c, 36)) for c in part[4:] + part[:4])
    return None if int(turned) % 97 == 1 else "the check digits of the IBAN are wrong"


def _piece_of_total(part: str) -> str | None:
    piece, total = _pair(part)
    return None if 1 <= piece <= total else f"piece {piece} of {total} cannot be"


def _place_in_sequence(part: str) -> str | None:
    found = re.fullmatch(r"([1-9])/([1-9])", part)
    return None if found and found[1] <= found[2] else f"{part} is not a place in a sequence, such as 1/2"


CHECKS: Final[dict[str, Check]] = {
    "csum": _check_digit,
    "csumalpha": _check_pair,
    "prefix": _company_prefix,
    "yymmd0": _date_or_month,
    "yymmdd": _date,
    "yyyymmdd": _long_date,
    "hhmi": _hour_and_minute,
    "hh": _below(24, "hour"),
    "mi": _below(60, "minute"),
    "ss": _below(60, "second"),
    "country": _one_of(COUNTRIES, "a country's code (ISO 3166-1)"),
    "country999": _one_of(COUNTRIES | {"999"}, "a country's code (ISO 3166-1) or 999"),
    "alpha2": _one_of(COUNTRY_LETTERS, "a country's two letters (ISO 3166-1)"),
    "package": _one_of(PACKAGES, "a package's code (UN/ECE 21)"),
    "currency": _one_of(CURRENCIES, "a currency's code (ISO 4217)"),
    "iban": _iban,
    "pcenc": _matching(r"(?:[^%]|%[0-9A-Fa-f]{2})*", "well percent-encoded"),
    "yesno": _matching(r"[01]", "0 or 1"),
    "winding": _matching(r"[019]", "0, 1 or 9"),
    "zero": _matching(r"0", "0"),
    "nonzero": _matching(r"0*[1-9][0-9]*", "more than 0"),
    "nozeroprefix": _matching(r"[1-9][0-9]*", "a number without leading zeros"),
    "sex": _matching(r"[0129]", "0, 1, 2 or 9 (ISO 5218)"),
    "hyphen": _matching(r"-", "a hyphen"),
    "media": _matching(r"0[1-9]|10|[89][0-9]", "an AIDC media type"),
    "importer": _matching(r"[-0-9A-Z_a-z]", "an importer's index"),
    "latitude": _below(1_800_000_001, "latitude"),
    "longitude": _below(3_600_000_001, "longitude"),
    "piece": _piece_of_total,
    "sequence": _place_in_sequence,
    "nondigit": _matching(r".*[^0-9].*", "a key with a character that is no digit"),
}
