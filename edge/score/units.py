"""The units in which a floor may be given."""

from typing import Final

METRES: Final = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "km": 1000.0, "ft": 0.3048}
