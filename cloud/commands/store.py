"""Commands about the store: its account, its events, what came in files, its quarantine."""

import argparse
import sys
from pathlib import Path

from cloud import config
from cloud.arguments import Subparsers, data_option, look_inside, open_store, time_options
from cloud.clock import now_ms
from cloud.ingest import carried, replay
from cloud.status import line, status
from cloud.store import events, quarantine
from contract.events import KINDS


def add(subparsers: Subparsers) -> None:
    """Adds `status`, `events`, `batches import` and `quarantine list|replay`."""
    parser = subparsers.add_parser("status", help="print each node's account as one JSON object")
    data_option(parser)
    parser.set_defaults(run=print_status)
    parser = subparsers.add_parser("events", help="print the stored events as JSON lines")
    data_option(parser)
    time_options(parser)
    parser.add_argument("--kind", choices=KINDS, metavar="KIND", help=f"only this kind: {', '.join(KINDS)}")
    parser.set_defaults(run=print_events)
    batches = subparsers.add_parser("batches", help="what nodes tell").add_subparsers(required=True, metavar="COMMAND")
    parser = batches.add_parser("import", help="take in batches that came as a file, each event once")
    parser.add_argument("file", metavar="FILE", type=Path, help="one batch a line, as nodes send them over MQTT")
    data_option(parser)
    parser.set_defaults(run=import_batches)
    kept = subparsers.add_parser("quarantine", help="what nobody understood").add_subparsers(
        required=True, metavar="COMMAND"
    )
    parser = kept.add_parser("list", help="print it as JSON lines")
    data_option(parser)
    parser.set_defaults(run=list_quarantine)
    parser = kept.add_parser("replay", help="read it again with what the program has learnt")
    data_option(parser)
    parser.set_defaults(run=replay_quarantine)


def print_status(args: argparse.Namespace) -> int:
    """One JSON object. Raises UserError."""
    with look_inside(args.data) as connection:
        print(status(connection).decode())
    return 0


def print_events(args: argparse.Namespace) -> int:
    """One JSON object a line. Raises UserError."""
    with look_inside(args.data) as connection:
        for event in events.lines(connection, from_ms=args.from_ms, to_ms=args.to_ms, kind=args.kind):
            sys.stdout.write(event + "\n")
    return 0


def import_batches(args: argparse.Namespace) -> int:
    """Stores what is new of a file. Raises UserError."""
    settings = config.load(args.data / config.FILE)
    with open_store(args.data) as store:
        taken = carried.take(store, args.file, name=settings.store, now_ms=now_ms())
    print(
        f"{taken.new} events stored, {taken.repeated} known already, {taken.quarantined} not understood, "
        f"{taken.missing} missing"
    )
    return 0


def list_quarantine(args: argparse.Namespace) -> int:
    """One JSON object a line. Raises UserError."""
    with look_inside(args.data) as connection:
        for kept in quarantine.each(connection):
            print(line(kept))
    return 0


def replay_quarantine(args: argparse.Namespace) -> int:
    """Stores what is understood now, and says how much. Raises UserError."""
    settings = config.load(args.data / config.FILE)
    with open_store(args.data) as store:
        done = replay.replay(store, settings.store)
    print(f"{done.understood} understood and stored, {done.left} left")
    return 0
