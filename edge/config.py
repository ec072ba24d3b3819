"""A node's settings: one TOML file, read once, refused with the key, the value and what is allowed."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.credentials import Credentials
from contract.fields import Name
from contract.plan import Camera, Plan, decode_plan
from contract.messages import WireError
from contract.settings import SettingsError, read_settings

MIN_KEY_BYTES = 16


class ReaderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One NFC reader: `device` is a serial port, best by its stable name under /dev/serial/by-path."""

    id: Name
    device: Annotated[str, Meta(min_length=1)]


class CameraSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera: `source` is a stream's address, a video file or /dev/videoN."""

    id: Name
    source: Annotated[str, Meta(min_length=1)]
    rate: Annotated[float, Meta(gt=0, le=30)] = 5.0  # detections a second
    threshold: Annotated[float, Meta(gt=0, lt=1)] | None = None  # None: the model's own
    model: Annotated[str, Meta(min_length=1)] | None = None  # None: the one that was measured best
    loop: bool = False  # a video file begins again at its end
    live: bool = True  # tell who watches where people are now


class NodeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. Paths are relative to it."""

    data: str  # the folder that holds the node's log
    plan: str  # the store's plan (JSON)
    credentials: str  # how to sign in at the broker (TOML, made by `aisle-cloud nodes add`)
    pseudonym_key: str  # the store's key for tags (hex, one line); whoever has it can undo the pseudonyms
    log_mb: Annotated[int, Meta(ge=1, le=100_000)] = 256
    cell_mm: Annotated[int, Meta(ge=50, le=5_000)] = 250  # the heat map's cells
    reader: tuple[ReaderSettings, ...] = ()
    camera: tuple[CameraSettings, ...] = ()


class Config(Struct, frozen=True, kw_only=True):
    """Everything that a node needs to know, read and checked."""

    settings: NodeSettings
    data: Path
    plan: Plan
    credentials: Credentials
    pseudonym_key: bytes

    @property
    def log_path(self) -> Path:
        """Where the events wait for their receipts."""
        return self.data / "log.sqlite"

    def spot(self, camera: str) -> Camera:
        """The plan's camera of this id."""
        return next(spot for spot in self.plan.cameras if spot.id == camera)


def load(path: Path) -> Config:
    """The node's settings and the files that they name. Raises SettingsError."""
    settings = read_settings(path, NodeSettings)
    here = path.parent
    config = Config(
        settings=settings,
        data=here / settings.data,
        plan=_plan(here / settings.plan),
        credentials=read_settings(here / settings.credentials, Credentials),
        pseudonym_key=_key(here / settings.pseudonym_key),
    )
    _check(path, config)
    return config


def _plan(path: Path) -> Plan:
    try:
        return decode_plan(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except WireError as error:
        raise SettingsError(f"{path}: {error}") from None


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"{path} is no key: allowed is one line of hex digits") from None
    if len(key) < MIN_KEY_BYTES:
        raise SettingsError(f"{path}: the key has {len(key)} bytes; allowed are {MIN_KEY_BYTES} and more")
    return key


def _check(path: Path, config: Config) -> None:
    """Names that the files must agree on."""
    settings, plan = config.settings, config.plan
    if plan.store != config.credentials.store:
        raise SettingsError(
            f"{path}: the plan is of store {plan.store!r}, the credentials of {config.credentials.store!r}"
        )
    for kind, found, allowed in (
        ("reader", [r.id for r in settings.reader], [r.id for r in plan.readers]),
        ("camera", [c.id for c in settings.camera], [c.id for c in plan.cameras]),
    ):
        for number, name in enumerate(found):
            if name not in allowed:
                raise SettingsError(
                    f"{path}: {kind}[{number}].id = {name!r}: the plan has {', '.join(allowed) or 'none'}"
                )
            if name in found[:number]:
                raise SettingsError(f"{path}: {kind}[{number}].id = {name!r} is there twice")
