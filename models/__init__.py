"""Models with their passports; `convert` and `calibrate` are how they are made."""

from models.passport import (
    Followed,
    Kind,
    Measured,
    ModelRefused,
    Passport,
    Source,
    Tensor,
    load_passport,
    verified_bytes,
)

__all__ = [
    "Followed",
    "Kind",
    "Measured",
    "ModelRefused",
    "Passport",
    "Source",
    "Tensor",
    "load_passport",
    "verified_bytes",
]
