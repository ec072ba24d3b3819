"""What is written on a tag: its link, and where a chip that signs puts its parts into it.

An NTAG 424 DNA replaces characters of its NDEF file by what it computes anew for each reading (NXP NT4H2421Gx data
sheet, 9.3). Where they stand is counted from the file's first byte: two bytes of length, four of the record's head, one
in place of the scheme, and then the link.
"""

from dataclasses import dataclass

from cloud.shop.catalogue import Tag, TagMode
from cloud.sun.message import BEFORE_MAC, MAC_BYTES, PICC_BYTES, PICC_BYTES_LRP

_BEFORE_LINK = 7
_BEFORE_PICC = "&picc="


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLink:
    """A tag's link with zeros where its chip signs, and the offsets of a chip that does: PICCDataOffset, and
    SDMMACOffset, which SDMMACInputOffset equals.
    """

    link: str
    picc_offset: int | None = None
    mac_offset: int | None = None


def tag_link(tag: Tag, origin: str) -> TagLink:
    """What to write on a tag of the store whose pages are found at `origin`."""
    plain = f"{origin}/01/{tag.gtin}?t={tag.id}"
    if tag.mode is TagMode.PLAIN:
        return TagLink(link=plain)
    picc = "00" * (PICC_BYTES_LRP if tag.mode is TagMode.LRP else PICC_BYTES)
    before_picc = plain + _BEFORE_PICC
    before_mac = before_picc + picc + BEFORE_MAC.decode()
    return TagLink(link=before_mac + "00" * MAC_BYTES, picc_offset=_offset(before_picc), mac_offset=_offset(before_mac))


def _offset(before: str) -> int:
    return _BEFORE_LINK + len(before.partition("://")[2])
