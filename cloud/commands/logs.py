"""Commands for auditors: export a log, and verify it with the public key alone."""

import argparse
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cloud.arguments import Subparsers, data_option, look_inside
from cloud.errors import UserError
from cloud.proof import keys, merkle, proofs
from cloud.proof.heads import Head, read_head
from cloud.proof.notes import NoteError, Verifier, verifier
from cloud.proof.proofs import Unproven
from cloud.proof.verify import Kept, Line, Report, Title, keep, read_line, read_title, verify
from cloud.store import exporting
from cloud.store.logs import Log


def add(subparsers: Subparsers) -> None:
    """Adds `log key|export|verify|compare|prove`."""
    commands = subparsers.add_parser(
        "log", help="the logs of consents and of points, and the proof that nobody changed them"
    ).add_subparsers(required=True, metavar="COMMAND")
    parser = commands.add_parser("key", help="print the public key of a log, for auditors to keep")
    _store_options(parser, required=True)
    parser.set_defaults(run=print_key)
    parser = commands.add_parser("export", help="print a log as JSON lines, the first of which names it")
    _store_options(parser, required=True)
    parser.add_argument("--hashes", action="store_true", help="without what the entries say: for anybody's eyes")
    parser.set_defaults(run=export)
    parser = commands.add_parser("verify", help="check a log, and name the first entry that was changed")
    parser.add_argument("file", nargs="?", type=Path, metavar="EXPORT", help="an export; or --data and --log")
    _store_options(parser, required=False)
    parser.add_argument("--key", help="the log's public key, kept from before")
    parser.add_argument(
        "--head", type=Path, action="append", default=[], metavar="FILE", help="a head kept from before"
    )
    parser.add_argument("--earlier", type=Path, metavar="EXPORT", help="an export kept from before")
    parser.set_defaults(run=verify_log)
    parser = commands.add_parser("compare", help="check that a later head only adds to an earlier one")
    parser.add_argument("earlier", type=Path, metavar="HEAD")
    parser.add_argument("later", type=Path, metavar="HEAD")
    parser.add_argument("--proof", type=Path, required=True, metavar="FILE", help="of /v1/log/NAME/consistency")
    parser.add_argument("--key", required=True, help="the log's public key")
    parser.set_defaults(run=compare)
    parser = commands.add_parser("prove", help="check the proof of one entry, and print what it says")
    parser.add_argument("file", type=Path, metavar="PROOF")
    parser.add_argument("--key", required=True, help="the log's public key")
    parser.set_defaults(run=prove)


def print_key(args: argparse.Namespace) -> int:
    """One word. Raises UserError."""
    with look_inside(args.data) as connection:
        print(_own(connection, args.data, Log(args.log)))
    return 0


def export(args: argparse.Namespace) -> int:
    """One JSON object a line. Raises UserError."""
    encode = msgspec.json.Encoder().encode
    with look_inside(args.data) as connection:
        log = Log(args.log)
        title = exporting.title(connection, log, _own(connection, args.data, log), contents=not args.hashes)
        for line in (title, *exporting.lines(connection, log, contents=not args.hashes)):
            sys.stdout.write(encode(line).decode() + "\n")
    return 0


def verify_log(args: argparse.Namespace) -> int:
    """Says what was found; 1 where an entry was changed. Raises UserError."""
    with _opened(args) as (title, lines):
        by = _verifier(args.key or title.key)
        report = verify(lines, by, _kept(args, by), contents=title.contents)
        broken = _broken(args) if report.finding is None else None
        if report.finding is None and report.entries < title.size:
            raise UserError(f"the export ends after {report.entries} of {title.size} entries: it was cut")
    _tell(title, report, given_key=bool(args.key or args.data))
    if broken:
        print(broken)
    return 1 if report.finding or broken else 0


def compare(args: argparse.Namespace) -> int:
    """Says whether it holds; 1 where it does not. Raises UserError."""
    by = _verifier(args.key)
    earlier, later = _head(args.earlier, by), _head(args.later, by)
    try:
        path = msgspec.json.decode(_read(args.proof), type=_Path).path
        proof = [bytes.fromhex(each) for each in path]
    except (msgspec.DecodeError, ValueError) as error:
        raise UserError(f"{args.proof}: {error}") from None
    holds = merkle.consistent(earlier.size, later.size, earlier=earlier.root, later=later.root, proof=proof)
    words = "only adds to" if holds else "does not continue"
    print(f"the head of {later.size} entries {words} the head of {earlier.size}")
    return 0 if holds else 1


def prove(args: argparse.Namespace) -> int:
    """Prints the entry; 1 where the proof does not hold. Raises UserError."""
    by = _verifier(args.key)
    try:
        proof = proofs.read(_read(args.file))
        head = proofs.check(proof, by)
    except Unproven as error:
        print(f"it proves nothing: {error}")
        return 1
    print(f"entry {proof.number} of {head.size} in {head.origin}:")
    print(proof.data[32:].decode("utf-8", "replace"))
    return 0


class _Path(msgspec.Struct):
    """What a consistency proof holds; the rest of the answer is for people."""

    path: tuple[str, ...]


def _store_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    if required:
        data_option(parser)
    else:
        parser.add_argument("--data", metavar="DIR", type=Path, help="the cloud's data directory")
    parser.add_argument("--log", choices=[str(log) for log in Log], default=str(Log.CONSENT), help="which log")


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[tuple[Title, Iterable[Line]]]:
    """The log to verify, from a file or a store."""
    if (args.file is None) == (args.data is None):
        raise UserError("hand in an export, or --data with --log")
    if args.file:
        with _lines(args.file) as found:
            yield found
        return
    with look_inside(args.data) as connection:
        log = Log(args.log)
        by = _verifier(args.key) if args.key else _own(connection, args.data, log)
        yield exporting.title(connection, log, by), exporting.lines(connection, log)


@contextmanager
def _lines(path: Path) -> Iterator[tuple[Title, Iterable[Line]]]:
    """An export's title and its entries, one by one."""
    try:
        with path.open(encoding="utf-8") as file:
            title = read_title(file.readline())
            yield title, map(read_line, file)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def _kept(args: argparse.Namespace, by: Verifier) -> Kept:
    kept = Kept()
    if args.earlier:
        try:
            with _lines(args.earlier) as (_, lines):
                kept = keep(lines, by)
        except NoteError as error:
            raise UserError(f"{args.earlier}: {error}") from None
    heads = [_head(path, by) for path in args.head]
    return Kept(heads={**kept.heads, **{head.size: head for head in heads}}, leaves=kept.leaves)


def _tell(title: Title, report: Report, *, given_key: bool) -> None:
    blinded = f"{report.erased} of them erased" if title.contents else "without what they say"
    print(
        f"{title.origin}: {report.entries} entries read, {blinded}, {report.signed} under {report.heads} signed heads"
    )
    if not given_key:
        print("the key is the export's own: whoever wrote the file may have made it; hand in the one you kept (--key)")
    waiting = report.entries - report.signed
    if waiting and report.finding is None:
        print(f"the last {waiting} are under no signed head yet")
    if report.kept:
        print(f"compared with {report.kept} of what was kept from before")
    print(str(report.finding) if report.finding else "no entry was changed")


def _broken(args: argparse.Namespace) -> str | None:
    """What is wrong with the hashes beside the entries; an export has none."""
    if args.data is None:
        return None
    with look_inside(args.data) as connection:
        return exporting.broken_node(connection, Log(args.log))


def _own(connection: sqlite3.Connection, data: Path, log: Log) -> Verifier:
    path = data / keys.FILE
    if not path.exists():
        raise UserError(f"{path} is not there: the cloud makes it when it first runs")
    return exporting.verifier(connection, log, keys.load(path).public)


def _verifier(text: str) -> Verifier:
    try:
        return verifier(text)
    except NoteError as error:
        raise UserError(f"--key: {error}") from None


def _head(path: Path, by: Verifier) -> Head:
    try:
        return read_head(_read(path), by)
    except NoteError as error:
        raise UserError(f"{path}: {error}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: {error}") from None
