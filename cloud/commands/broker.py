"""Commands for the broker and the nodes that may speak to it."""

import argparse
import secrets
import sys
from pathlib import Path

from msgspec import structs

from cloud.arguments import Subparsers, data_option, port_option, store_name
from cloud.broker.nats import PORT, Broker, make_setup
from cloud.errors import UserError


def add(subparsers: Subparsers) -> None:
    """Adds `broker init|run|key` and `nodes add|list|remove`."""
    broker = subparsers.add_parser("broker", help="the embedded MQTT broker").add_subparsers(
        required=True, metavar="COMMAND"
    )
    init = broker.add_parser(
        "init", help="make the broker's users, passwords and configuration; again, change what is named and no more"
    )
    data_option(init)
    init.add_argument(
        "--store", metavar="NAME", help="the store's name; needed where `init` has not made the store yet"
    )
    init.add_argument("--host", help="the address to listen on (at first: this machine alone)")
    init.add_argument("--port", type=int, help=f"the port to listen on (at first: {PORT})")
    init.add_argument("--tls-certificate", metavar="FILE", help="the broker's certificate chain (PEM): speak TLS only")
    init.add_argument("--tls-key", metavar="FILE", help="its private key (PEM)")
    init.add_argument("--tls-ca", metavar="FILE", help="the authority that nodes and the cloud trust (PEM)")
    init.add_argument("--tls-client-ca", metavar="FILE", help="the authority whose certificates clients must show")
    init.add_argument("--no-tls", action="store_true", help="speak TLS no more")
    init.set_defaults(run=broker_init)
    run = broker.add_parser("run", help="become the broker, until it is ended")
    data_option(run)
    port_option(run, "another port; the users' files follow")
    run.set_defaults(run=broker_run)
    key = broker.add_parser("key", help="print the public key that nodes know the cloud's plans and orders by")
    data_option(key)
    key.set_defaults(run=broker_key)
    nodes = subparsers.add_parser("nodes", help="the nodes that may speak to the broker")
    _add_nodes(nodes.add_subparsers(required=True, metavar="COMMAND"))


def _add_nodes(nodes: Subparsers) -> None:
    adding = nodes.add_parser("add", help="give a node its password; prints its credentials' file")
    adding.add_argument(
        "--out",
        metavar="PATH",
        type=Path,
        help="write what the node carries there too, a file or a folder; with TLS, ca.pem comes beside it",
    )
    adding.set_defaults(run=nodes_add)
    removing = nodes.add_parser("remove", help="take a node's rights")
    removing.set_defaults(run=nodes_remove)
    for parser in (adding, removing):
        parser.add_argument("name", metavar="NAME", help="the node's name (a-z, 0-9, hyphens)")
    listing = nodes.add_parser("list", help="print the nodes' names")
    listing.set_defaults(run=nodes_list)
    for parser in (adding, removing, listing):
        data_option(parser)


def broker_of(data: Path) -> Broker:
    """The broker in a data directory."""
    return Broker(directory=data / "broker", random=secrets.token_bytes)


def broker_init(args: argparse.Namespace) -> int:
    """Makes the broker's files, or changes what is named in those that are there. Raises UserError.

    A store that is there already gives its name, and takes no other.
    """
    mine = store_name(args.data) or args.store
    if mine is None:
        raise UserError(f"--store is needed: {args.data} holds no store yet")
    if args.store not in (None, mine):
        raise UserError(f"{args.data} holds the store {mine!r}, not {args.store!r}")
    tls = {
        "certificate": _path(args.tls_certificate),
        "key": _path(args.tls_key),
        "ca": _path(args.tls_ca),
        "client_ca": _path(args.tls_client_ca),
    }
    if args.no_tls and any(tls.values()):
        raise UserError("--no-tls and a file for TLS: one of them")
    named = {key: value for key, value in {"host": args.host, "port": args.port, **tls}.items() if value is not None}
    broker = broker_of(args.data)
    before = structs.asdict(broker.setup()) if broker.is_made() else {}
    setup = make_setup(**before | (dict.fromkeys(tls) if args.no_tls else {}) | named | {"store": mine})
    broker.initialise(setup)
    how = "with TLS" if setup.certificate else "without TLS"
    print(
        f"The broker of {mine} will listen on {setup.host}:{setup.port}, {how}; its users' files are in {broker.users}"
    )
    return 0


def broker_run(args: argparse.Namespace) -> int:
    """Becomes nats-server. Raises UserError."""
    broker = broker_of(args.data)
    setup = broker.setup()
    if args.port is not None and args.port != setup.port:
        broker.initialise(make_setup(**structs.asdict(setup) | {"port": args.port}))
    broker.run()


def broker_key(args: argparse.Namespace) -> int:
    """Prints the line for the credentials of nodes at another broker than ours. Raises UserError."""
    print(f'cloud_key = "{broker_of(args.data).key.public.hex()}"')
    return 0


def _path(given: str | None) -> str | None:
    """A file's whole path: the broker and the nodes are started elsewhere."""
    return None if given is None else str(Path(given).absolute())


def nodes_add(args: argparse.Namespace) -> int:
    """Makes a node's user: the file to carry to it on stdout, what to do with it on stderr. Raises UserError."""
    broker = broker_of(args.data)
    path = broker.add(args.name)
    if args.out:
        path = args.out / f"{args.name}.toml" if args.out.is_dir() else args.out
        broker.carry(args.name, path)
    print(path)
    there = broker.credentials(args.name)
    print(
        f"aisle-cloud: {path} is {args.name}'s password. Next: put it into the node's folder as credentials.toml,"
        f" as deploy/node/README.md tells; its host, {there.host}, must be an address that the node reaches:"
        " `aisle-cloud broker init --host ADDRESS` sets it",
        file=sys.stderr,
    )
    return 0


def nodes_remove(args: argparse.Namespace) -> int:
    """Takes a node's rights. Raises UserError."""
    broker_of(args.data).remove(args.name)
    return 0


def nodes_list(args: argparse.Namespace) -> int:
    """Prints the nodes, one a line. Raises UserError."""
    broker = broker_of(args.data)
    broker.setup()
    for name in broker.nodes():
        print(name)
    return 0
