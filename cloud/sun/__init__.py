"""Taps that a chip has signed: verifying them, and the keys of each tag."""

from cloud.sun.diversify import diversified
from cloud.sun.message import SunError, SunResult, read_picc, verify

__all__ = ["SunError", "SunResult", "diversified", "read_picc", "verify"]
