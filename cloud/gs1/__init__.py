"""GS1 keys and GS1 Digital Link, after the GS1 standards and nobody's habits."""

from cloud.gs1.checks import check_digit
from cloud.gs1.link import Link, LinkError, parse_link

__all__ = ["Link", "LinkError", "check_digit", "is_gtin14", "parse_link"]


def is_gtin14(text: str) -> bool:
    """Whether this is a GTIN of 14 digits with the right check digit."""
    return len(text) == 14 and text.isascii() and text.isdecimal() and check_digit(text[:-1]) == text[-1]
