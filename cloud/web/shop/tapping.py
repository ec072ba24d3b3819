"""A phone's tap on a tag that signs: verified, spent once, and turned into a visit."""

import enum
import re
from dataclasses import dataclass

from cloud.shop.catalogue import Tag, TagMode
from cloud.shop.tokens import digest, new_token
from cloud.store import catalogue, visits
from cloud.sun import SunError, verify
from cloud.web.services import Services

SIGNED_FIELDS = ("picc", "cmac", "enc")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,256}")


class Disbelief(enum.StrEnum):
    """Why a tap that claims a signature is not believed. The phone is told none of this."""

    MALFORMED = "malformed"  # a part is missing, doubled, or no hex of the right length
    UNKNOWN_TAG = "unknown-tag"  # no such tag, or one that does not sign
    WRONG_PRODUCT = "wrong-product"  # the tag stands for something else
    FORGED = "forged"  # the MAC does not hold
    SWAPPED = "swapped"  # the MAC holds, for another chip than the tag's
    REPLAYED = "replayed"  # the counter was seen before, or an older one
    NO_KEYS = "no-keys"  # this cloud has no keys of its tags
    TOO_MANY = "too-many"  # one of the above, from an address that sent too many of them to be counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a tag's link says."""

    gtin: str
    tag: str
    picc: str
    cmac: str
    enc: str | None
    doubled: bool
    address: str


def take(services: Services, claim: Claim) -> str | Disbelief:
    """The token of a new visit, for a tap that is genuine and new. Counts whatever comes. Blocks on the store."""
    now_ms = services.clock()
    with services.store.reading() as connection:
        tag = catalogue.tag(connection, claim.tag)
    genuine = _verified(services, claim, tag)
    if isinstance(genuine, _Genuine) and (token := _spent(services, claim, genuine, now_ms)):
        return token
    if not services.pace.allows(claim.address, now_ms):
        return Disbelief.TOO_MANY
    reason = Disbelief.REPLAYED if isinstance(genuine, _Genuine) else genuine
    with services.store.atomic() as connection:
        visits.count_refused(connection, reason=reason, at_ms=now_ms)
    return reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Genuine:
    uid: bytes
    counter: int


def _spent(services: Services, claim: Claim, genuine: _Genuine, now_ms: int) -> str | None:
    """The token of the visit, or None where this counter or a later one was spent before."""
    with services.store.atomic() as connection:
        if not catalogue.spend(connection, tag_id=claim.tag, uid=genuine.uid, counter=genuine.counter):
            return None
        token = new_token(services.random)
        visits.add_visit(
            connection,
            digest=digest(token),
            at_ms=now_ms,
            tag=claim.tag,
            gtin=claim.gtin,
            counter=genuine.counter,
        )
    return token


def _verified(services: Services, claim: Claim, tag: Tag | None) -> _Genuine | Disbelief:
    """Whether the tag's own chip said this. One path through the cipher, whatever is wrong, as far as can be."""
    if claim.doubled or not all(map(_HEX.fullmatch, (claim.picc, claim.cmac, claim.enc or "00"))):
        return Disbelief.MALFORMED
    if tag is None or tag.uid is None:
        return Disbelief.UNKNOWN_TAG
    if services.tag_keys is None:
        return Disbelief.NO_KEYS
    if tag.gtin != claim.gtin:
        return Disbelief.WRONG_PRODUCT
    try:
        result = verify(
            bytes.fromhex(claim.picc),
            bytes.fromhex(claim.cmac),
            services.tag_keys.meta_read,
            services.tag_keys.file_key(tag.uid),
            bytes.fromhex(claim.enc) if claim.enc is not None else None,
            lrp=tag.mode is TagMode.LRP,
        )
    except SunError:
        return Disbelief.MALFORMED
    if not result.valid:
        return Disbelief.FORGED
    if result.uid != tag.uid or result.counter is None:
        return Disbelief.SWAPPED
    return _Genuine(uid=result.uid, counter=result.counter)


def count_unsigned(services: Services, *, gtin: str, tag_id: str, address: str) -> None:
    """Counts a tap that proves nothing, of a known tag of this product. Blocks on the store."""
    now_ms = services.clock()
    with services.store.reading() as connection:
        tag = catalogue.tag(connection, tag_id)
    if tag is None or tag.gtin != gtin or not services.pace.allows(address, now_ms):
        return
    with services.store.atomic() as connection:
        visits.add_visit(connection, digest=None, at_ms=now_ms, tag=tag_id, gtin=gtin, counter=None)
