"""A node's settings: one TOML file, read once, refused with the key, the value and what is allowed."""

import ssl
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.credentials import Credentials
from contract.messages import WireError
from contract.plan import Plan, decode_plan
from contract.settings import SettingsError, read_settings
from edge.camera.settings import Settings as CameraSettings
from edge.plans.judging import NO_KEY, Self
from edge.plans.standing import Ways
from edge.pseudonym import StoreKey, StoreKeyError
from edge.reader.settings import Settings as ReaderSettings


class NodeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. Paths are relative to it."""

    data: str  # the folder that holds the node's log
    plan: str | None = None  # the store's plan (JSON), where the node should work before the cloud has sent one
    credentials: str  # how to sign in at the broker (TOML, made by `aisle-cloud nodes add`)
    pseudonym_key: str  # the store's key for tags (hex, one line); whoever has it can undo the pseudonyms
    log_mb: Annotated[int, Meta(ge=1, le=100_000)] = 256
    # The heat map's cells, of which each has one camera that answers for it: the same at every node of a store.
    cell_mm: Annotated[int, Meta(ge=50, le=5_000)] = 250
    figures_every_s: Literal[10, 15, 20, 30, 60] = 60  # how often occupancy and heat are told
    reader: tuple[ReaderSettings, ...] = ()  # `name` is the plan's id
    camera: tuple[CameraSettings, ...] = ()


class Config(Struct, frozen=True, kw_only=True):
    """Everything that a node needs to know, read and checked."""

    settings: NodeSettings
    data: Path
    plan: Plan | None  # of the file
    credentials: Credentials
    pseudonym_key: StoreKey

    @property
    def log_path(self) -> Path:
        """Where the events wait for their receipts."""
        return self.data / "log.sqlite"

    @property
    def me(self) -> Self:
        """Who the node is to those who plan and order."""
        return Self(
            store=self.credentials.store,
            node=self.credentials.username,
            readers=tuple(reader.name for reader in self.settings.reader),
            cameras=tuple(camera.name for camera in self.settings.camera),
            cloud_key=self.credentials.cloud_key,
        )

    @property
    def ways(self) -> Ways:
        """What stays the same under every plan."""
        settings = self.settings
        return Ways(cameras=settings.camera, cell_mm=settings.cell_mm, figures_every_s=settings.figures_every_s)


def load(path: Path) -> Config:
    """The node's settings and the files that they name. Raises SettingsError."""
    here = path.parent
    settings = _beside(read_settings(path, NodeSettings), here)
    credentials = _credentials(here / settings.credentials)
    config = Config(
        settings=settings,
        data=here / settings.data,
        plan=None if settings.plan is None else _plan(here / settings.plan),
        credentials=credentials,
        pseudonym_key=_key(here / settings.pseudonym_key, store=credentials.store),
    )
    _check(path, config)
    return config


def _beside(settings: NodeSettings, here: Path) -> NodeSettings:
    """The settings with whole paths to ports, devices and videos: their processes may be started elsewhere."""

    def whole(path: str) -> str:
        return str((here / path).absolute())

    return replace(
        settings,
        reader=tuple(replace(reader, device=whole(reader.device)) for reader in settings.reader),
        camera=tuple(
            camera if camera.is_stream else replace(camera, source=whole(camera.source)) for camera in settings.camera
        ),
    )


def _credentials(path: Path) -> Credentials:
    """Its `ca` is a file beside it."""
    credentials = read_settings(path, Credentials)
    if credentials.ca is None:
        return credentials
    ca = path.parent / credentials.ca
    try:
        ssl.create_default_context(cafile=ca)
    except OSError as error:  # SSLError is one
        reason = error.strerror or error
        raise SettingsError(
            f"{path}: ca = {credentials.ca!r}: {reason}; allowed is a file of certificates (PEM), beside this one"
        ) from None
    return replace(credentials, ca=str(ca))


def _plan(path: Path) -> Plan:
    try:
        return decode_plan(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except WireError as error:
        raise SettingsError(f"{path}: {error}") from None


def _key(path: Path, *, store: str) -> StoreKey:
    try:
        return StoreKey(store=store, secret=bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except StoreKeyError as error:
        raise SettingsError(f"{path}: {error}") from None
    except ValueError:
        raise SettingsError(f"{path} is no key: allowed is one line of hex digits") from None


def _check(path: Path, config: Config) -> None:
    """Names that the files must agree on."""
    settings, plan = config.settings, config.plan
    for kind, names in (("reader", config.me.readers), ("camera", config.me.cameras)):
        for number, name in enumerate(names):
            if name in names[:number]:
                raise SettingsError(f"{path}: {kind}[{number}].name = {name!r} is there twice")
    if plan is None:
        if config.credentials.cloud_key is None:
            raise SettingsError(f"{path}: plan = None: a file is needed, as {NO_KEY}")
        return
    if plan.store != config.credentials.store:
        raise SettingsError(
            f"{path}: the plan is of store {plan.store!r}, the credentials are of {config.credentials.store!r}"
        )
    _check_names(path, "reader", [r.name for r in settings.reader], [r.id for r in plan.readers])
    _check_names(path, "camera", [c.name for c in settings.camera], [c.id for c in plan.cameras])


def _check_names(path: Path, kind: str, found: list[str], allowed: list[str]) -> None:
    for number, name in enumerate(found):
        if name not in allowed:
            has = ", ".join(allowed) or "none"
            raise SettingsError(f"{path}: {kind}[{number}].name = {name!r}: the plan has {has}")
