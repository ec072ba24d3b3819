"""Which application identifiers (AIs) may stand together in one link, and in which order.

`n` in a pattern stands for any digit. After GS1 Digital Link: URI Syntax, and section 4.13 and 4.14 of the GS1 General
Specifications (invalid and mandatory pairs).
"""

import functools
from collections.abc import Collection
from typing import Final

KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "00": (),
    "01": (("22", "10", "21"), ("235",)),
    "253": (),
    "255": (),
    "401": (),
    "402": (),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8003": (),
    "8004": (("7040",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8013": (),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
"""Each primary key with the sequences of its qualifiers: any of one sequence, in its order."""

_NEVER_ATTRIBUTES: Final = frozenset(("03", "21", "22", "235", "254", "7040", "8011", "8014", "8019", "8020", "8200"))

_ITEM: Final = "01 02 8006 8026"
_MEASURES: Final = "30 31nn 32nn 35nn 36nn"
_NEEDS: Final = {
    # AIs: what one of must be there; a second requirement stands after a semicolon, a pair is joined by +
    "02 8026": "37",
    "10 11 13 15 16": "01 02 03 8006 8026",
    "17": "01 02 03 255 8006 8026",
    "20 240 241 242 422 7001": _ITEM,
    "12": "8020",
    "21": "01 03 8006",
    "22": "01 8006",
    "235 243 337n 710 711 712 713 714 715 716 8001 8014 8200": "01",
    "250": "01 8006; 21",
    "251 7021 7240 8012": "01 8006",
    "254": "414",
    "30 31nn 32nn 350n 351n 352n 356n 357n 360n 361n 364n 365n 366n 423 424 425 426 7002": "01 02",
    "330n 331n 332n 333n 334n 335n 336n 34nn 353n 354n 355n 362n 363n 367n 368n 369n 8009": "00 01",
    "37": "00; 02 8026",
    "390n": "255 8020",
    "391n": "8020",
    "392n": f"01; {_MEASURES}",
    "393n 395n": _MEASURES,
    "394n 8111": "255",
    "403 4300 4301 4302 4304 4305 4306 4307 4308 4309 432n 433n 7041": "00",
    "4310 4311 4312 4314 4315 4316 4317 4318 4319": "00",
    "4303": "4302",
    "4313": "4312",
    "415": "8020",
    "427": "01 02; 422",
    "7003 7005 7006 7007 7008 7009 7010 7011 703n 8005 8008": "01 02",
    "7004": "01; 10",
    "7020": "01 8006; 416",
    "7022": "7021",
    "723n": "01 8004",
    "7241 7242 7253 7254 7255 7256 8019": "8017 8018",
    "7250 7251 7252 7257 7259": "8018",
    "7258": "8018+7259",
    "8007 8020": "415",
    "8011": "8010",
    "8030": "00 01+21 253 255 8003 8004 8006+21 8010+8011 8017 8018",
}
_EXCLUDES: Final = {
    "01": "255 37",
    "02": "01 03",
    "03": "01 02 37",
    "21": "235",
    "255": "01 02 415 8006 8020 8026",
    "390n": "390n 391n 394n 8111",
    "391n": "391n",
    "392n": "392n 393n",
    "393n": "393n",
    "394n": "394n 8111",
    "395n": "392n 393n 395n 8005",
    "420": "421",
    "421": "4307",
    "422 423 424 425": "426",
    "4330": "4331",
    "4332": "4333",
    "7250": "7251",
    "7253 7254 7255": "7256 7259",
    "7259": "7256",
    "8006": "01 37",
    "8017": "8018",
    "8026": "02 8006",
}


@functools.lru_cache(maxsize=256)
def qualified(path: tuple[str, ...]) -> bool:
    """Whether these AIs, a key first, may follow one another in a link's path."""
    key, *qualifiers = path
    if not qualifiers:
        return key in KEYS
    return any(_in_order(qualifiers, sequence) for sequence in KEYS.get(key, ()))


def _in_order(qualifiers: list[str], sequence: tuple[str, ...]) -> bool:
    return qualifiers == [ai for ai in sequence if ai in qualifiers]


@functools.lru_cache(maxsize=1024)
def belongs_in_path(ai: str, path: tuple[str, ...]) -> bool:
    """Whether an AI from the query would be a good qualifier at some place of this path."""
    return any(qualified((*path[:i], ai, *path[i:])) for i in range(1, len(path) + 1))


def may_be_attribute(ai: str) -> bool:
    """Whether a known AI may stand in a link's query at all."""
    return ai not in _NEVER_ATTRIBUTES


@functools.lru_cache(maxsize=1024)
def mismatch(ais: tuple[str, ...]) -> str | None:
    """Why these AIs cannot describe one thing together, or None."""
    for ai in ais:
        if (other := _excluded(ai, ais)) is not None:
            return f"AI {ai} and AI {other} cannot describe one thing"
        if (missing := _missing(ai, ais)) is not None:
            return f"AI {ai} needs one of {missing.replace(' ', ', ')} beside it"
    return None


def _excluded(ai: str, ais: Collection[str]) -> str | None:
    rivals = " ".join(others for ours, others in _EXCLUDES.items() if _fits_one(ai, ours)).split()
    if _is_measure(ai):
        rivals.append(f"{ai[:3]}n")
    return next((o for o in ais if o != ai and any(_fits(o, rival) for rival in rivals)), None)


def _is_measure(ai: str) -> bool:
    """A weight, a length, an area or a volume: given once, in one precision, which the last digit tells."""
    return _fits(ai, "3nnn") and "1" <= ai[1] <= "6"


def _missing(ai: str, ais: Collection[str]) -> str | None:
    for ours, wanted in _NEEDS.items():
        if not _fits_one(ai, ours):
            continue
        for requirement in wanted.split("; "):
            if not any(_all_there(group, ais) for group in requirement.split()):
                return requirement
    return None


def _all_there(group: str, ais: Collection[str]) -> bool:
    return all(any(_fits(ai, pattern) for ai in ais) for pattern in group.split("+"))


def _fits_one(ai: str, patterns: str) -> bool:
    return any(_fits(ai, pattern) for pattern in patterns.split())


def _fits(ai: str, pattern: str) -> bool:
    return len(ai) == len(pattern) and all(p in ("n", c) for c, p in zip(ai, pattern, strict=True))
