"""How a program signs in at the broker: one small TOML file a user, made by the cloud and carried to the node."""

from typing import Annotated

from msgspec import Meta, Struct

from contract.fields import Name

Key = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="an Ed25519 public key in lower-case hex")]


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is and who is calling; `ca` is a file of certificates where the broker speaks TLS.

    `cloud_key` is what a node knows the cloud's plans and orders by; without it the node takes none.
    """

    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65535)]
    store: Name
    username: Name
    password: Annotated[str, Meta(min_length=1)]
    ca: str | None = None
    cloud_key: Key | None = None
