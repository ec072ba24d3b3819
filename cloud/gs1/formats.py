"""The values that each GS1 application identifier (AI) takes: lengths, characters and rules.

The forms are written as in the GS1 General Specifications: `N6` six digits, `X..20` one to twenty characters of
CSET 82, `Y` CSET 39, `Z` base64url; what stands in brackets may be missing; rules of `checks` follow after colons.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloud.gs1.checks import CHECKS, CSET_39, CSET_64, CSET_82, NUMERIC

_FORMS: Final = {
    "N18:csum": "00 8017 8018",
    "N14:csum": "01 02 03",
    "N6:yymmd0": "11 12 13 15 16 17",
    "N2": "20",
    "X..20": "10 21 22 243 254 420 4318 710-716 7020-7022 7240 8002 8012",
    "X..28": "235",
    "X..30": "90 240 241 250 251 400 403 4308 4319 7002",
    "N..6": "242",
    "N13:csum [X..17]": "253",
    "N13:csum [N..12]": "255",
    "N..8": "30 37",
    "N6": (
        "3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 3200-3205 3210-3215 3220-3225 3230-3235 "
        "3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 "
        "3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 "
        "3480-3485 3490-3495 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575 3600-3605 "
        "3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695 3950-3955 8005"
    ),
    "N..15": "3900-3909 3920-3929",
    "N3:currency N..15": "3910-3919 3930-3939",
    "N4": "3940-3943 8111",
    "X..30:prefix": "401 7023 8004",
    "N17:csum": "402",
    "N13:csum": "410-417",
    "N3:country X..9": "421",
    "N3:country": "422 424 426",
    "N3:country [N3:country] [N3:country] [N3:country] [N3:country]": "423 425",
    "X..3": "427 7008",
    "X..35:pcenc": "4300 4301 4310 4311 4320",
    "X..70:pcenc": "4302-4306 4312-4316 7257",
    "X2:alpha2": "4307 4317",
    "N10:latitude N10:longitude": "4309",
    "N1:yesno": "4321-4323",
    "N6:yymmd0 N4:hhmi": "4324 4325",
    "N6:yymmdd": "4326 7006",
    "N6 [X1:hyphen]": "4330-4333",
    "N13": "7001",
    "N6:yymmdd N4:hhmi": "7003",
    "N..4": "7004",
    "X..12": "7005",
    "N6:yymmdd [N6:yymmdd]": "7007",
    "X..10": "7009 7255",
    "X..2": "7010",
    "N6:yymmdd [N4:hhmi]": "7011",
    "N3:country999 X..27": "7030-7039",
    "N1 X1 X1 X1:importer": "7040",
    "X..4:package": "7041",
    "X2 X..28": "7230-7239",
    "N2:media": "7241",
    "X..25": "7242 8020",
    "N8:yyyymmdd": "7250",
    "N8:yyyymmdd N4:hhmi": "7251",
    "N1:sex": "7252",
    "X..40:pcenc": "7253 7254 7259",
    "X..90:pcenc": "7256",
    "X3:sequence": "7258",
    "N4:nonzero N5:nonzero N3:nonzero N1:winding N1": "8001",
    "N1:zero N13:csum [X..16]": "8003",
    "N14:csum N4:piece": "8006 8026",
    "X..34:iban": "8007",
    "N6:yymmdd N2:hh [N2:mi] [N2:ss]": "8008",
    "X..50": "8009",
    "Y..30:prefix": "8010",
    "N..12:nozeroprefix": "8011",
    "X..25:csumalpha:prefix": "8013",
    "X..25:csumalpha:prefix:nondigit": "8014",
    "N..10": "8019",
    "Z..90": "8030",
    "X..70": "8110 8112 8200",
    "X..90": "91-99",
}
_ALPHABETS: Final = {"N": NUMERIC, "X": frozenset(CSET_82), "Y": CSET_39, "Z": CSET_64}
_ALPHABET_NAMES: Final = {"N": "digits", "X": "CSET 82", "Y": "CSET 39", "Z": "base64url"}
_PART: Final = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)((?::[a-z0-9]+)*)\]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One part of a value; only the last may vary in length."""

    alphabet: str
    shortest: int
    longest: int
    optional: bool
    rules: tuple[str, ...]

    def fault(self, text: str) -> str | None:
        """What is wrong with this part's text, or None."""
        stranger = next((c for c in text if c not in _ALPHABETS[self.alphabet]), None)
        if stranger is not None:
            return f"{stranger!r} is not allowed, only {_ALPHABET_NAMES[self.alphabet]} are"
        if len(text) < self.shortest:
            return "it is too short"
        faults = (CHECKS[rule](text) for rule in self.rules)
        return next((fault for fault in faults if fault), None)


def _parts(form: str) -> tuple[_Part, ...]:
    found = [m for word in form.split() if (m := _PART.fullmatch(word))]
    return tuple(
        _Part(
            alphabet=m[2],
            shortest=1 if m[3] else int(m[4]),
            longest=int(m[4]),
            optional=bool(m[1]),
            rules=tuple(m[5].split(":")[1:]),
        )
        for m in found
    )


def _spread(words: str) -> Iterator[str]:
    """`"00 410-412"` as 00, 410, 411, 412."""
    for word in words.split():
        first, _, last = word.partition("-")
        yield from (str(n).zfill(len(first)) for n in range(int(first), int(last or first) + 1))


_AIS: Final = {ai: _parts(form) for form, words in _FORMS.items() for ai in _spread(words)}


def known(ai: str) -> bool:
    """Whether this is an application identifier."""
    return ai in _AIS


def fault(ai: str, value: str) -> str | None:
    """What is wrong with a known AI's value, in words, or None."""
    parts = _AIS[ai]
    least = sum(part.shortest for part in parts if not part.optional)
    most = sum(part.longest for part in parts)
    if not least <= len(value) <= most:
        wanted = str(most) if least == most else f"{least} to {most}"
        return f"it has {len(value)} characters, {wanted} are allowed"
    for part in parts:
        text, value = value[: part.longest], value[part.longest :]
        if part.optional and not text:
            continue
        if wrong := part.fault(text):
            return wrong
    return None
