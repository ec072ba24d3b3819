"""Commands that check one thing by itself and touch no data: a tap's signature, a GS1 link."""

import argparse
import json
import re

from cloud.arguments import Subparsers
from cloud.errors import UserError
from cloud.gs1 import LinkError, parse_link
from cloud.sun import SunResult, diversified, layouts, read_picc, verify


def add(subparsers: Subparsers) -> None:
    """Adds `sun-verify` and `gs1`."""
    sun = subparsers.add_parser("sun-verify", help="check the signature of a tap (NTAG 424 DNA)")
    for name, what in (
        ("picc", "encrypted PICC data (16 bytes, LRP 24)"),
        ("mac", "truncated MAC (8 bytes)"),
        ("meta-key", "K_SDMMetaRead (16 bytes)"),
        ("file-key", "K_SDMFileRead, or with --diversify its master (16 bytes)"),
    ):
        sun.add_argument(f"--{name}", required=True, metavar="HEX", help=what)
    sun.add_argument("--enc", metavar="HEX", help="encrypted file data (whole blocks of 16 bytes)")
    sun.add_argument("--lrp", action="store_true", help="the tag works in LRP mode")
    sun.add_argument(
        "--signed", metavar="TEXT", help="the link's characters that the MAC covers, where the tag is set up unusually"
    )
    sun.add_argument("--diversify", action="store_true", help="derive the tag's file key from --file-key (AN10922)")
    sun.set_defaults(run=sun_verify)
    gs1 = subparsers.add_parser("gs1", help="read a GS1 Digital Link strictly")
    gs1.add_argument("uri", metavar="URI")
    gs1.set_defaults(run=gs1_link)


def sun_verify(args: argparse.Namespace) -> int:
    """Prints what a signed tap claims and whether it holds; 0 where it does, 1 where not. Raises UserError."""
    picc, mac = _bytes("--picc", args.picc), _bytes("--mac", args.mac)
    meta_key, file_key = _bytes("--meta-key", args.meta_key), _bytes("--file-key", args.file_key)
    enc = None if args.enc is None else _bytes("--enc", args.enc)
    inputs = layouts.usual(picc, enc) if args.signed is None else iter((_ascii("--signed", args.signed),))
    try:
        if args.diversify:
            claim = read_picc(picc, meta_key, lrp=args.lrp) if len(picc) == (24 if args.lrp else 16) else None
            file_key = diversified(file_key, claim.uid if claim else b"")
        results = [verify(picc, mac, meta_key, file_key, enc, lrp=args.lrp, signed=signed) for signed in inputs]
    except ValueError as error:  # SunError is one
        raise UserError(str(error)) from None
    result = next((each for each in results if each.valid), results[0])
    print(json.dumps(_told(result)))
    return 0 if result.valid else 1


def _told(result: SunResult) -> dict[str, str | int | bool | None]:
    return {
        "uid": result.uid.hex().upper() if result.uid else None,
        "counter": result.counter,
        "valid": result.valid,
        "file_data": result.file_data.hex().upper() if result.file_data else None,
    }


def _bytes(name: str, text: str) -> bytes:
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        raise UserError(f"{name}: pairs of hex digits are needed, not {text[:80]!r}")
    return bytes.fromhex(text)


def _ascii(name: str, text: str) -> bytes:
    if not text.isascii():
        raise UserError(f"{name}: only the ASCII characters of a link are needed, not {text[:80]!r}")
    return text.encode()


def gs1_link(args: argparse.Namespace) -> int:
    """Prints what a GS1 Digital Link identifies. Raises UserError."""
    try:
        link = parse_link(args.uri)
    except LinkError as error:
        raise UserError(f"not a GS1 Digital Link: {error}") from None
    told = {
        "gtin": link.gtin,
        "key": link.key,
        "value": link.value,
        "qualifiers": link.qualifiers,
        "attributes": link.attributes,
        "path": link.path,
    }
    print(json.dumps(told, ensure_ascii=False))
    return 0
