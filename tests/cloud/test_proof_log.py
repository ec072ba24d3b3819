"""A store's logs: appended to, proven, exported, and every planted change named by the verifier."""

import hashlib
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.proof import merkle, proofs
from cloud.proof.heads import Head, read_head, signed_head
from cloud.proof.keys import SigningKey
from cloud.proof.notes import Verifier
from cloud.proof.verify import Fault, Finding, Kept, Line, Report, keep, read_line, verify
from cloud.shop import wording
from cloud.shop.consent import Entry, Purpose
from cloud.store import consents, erasing, exporting, heads, logs, shoppers
from cloud.store.connection import Store
from cloud.store.logs import Log

KEY = SigningKey(bytes(range(32)))
PURPOSES = tuple(Purpose)
ENTRIES = 23


def entry(number: int) -> Entry:
    return Entry(
        purpose=PURPOSES[number % len(PURPOSES)],
        given=number % 3 != 0,
        text_version="2026-11-22",
        language="ko",
        at_ms=1_000 + number,
        proof=f"POST /me/choices {number}",
    )


def fill(store: Store, count: int = ENTRIES) -> list[int]:
    """Three shoppers who choose in turn; returns their profiles."""
    with store.atomic() as connection:
        profiles = [shoppers.begin(connection, handle=f"h{n}", language="ko", now_ms=1) for n in range(3)]
        for number in range(count):
            consents.write(connection, profiles[number % 3], entry(number), nonce=os.urandom(32))
        heads.sign(connection, Log.CONSENT, KEY, now_ms=5)
    return profiles


def by(store: Store) -> Verifier:
    with store.reading() as connection:
        return exporting.verifier(connection, Log.CONSENT, KEY.public)


def exported(store: Store) -> list[Line]:
    with store.reading() as connection:
        return list(exporting.lines(connection, Log.CONSENT))


def tamper(store: Store, *statements: str) -> None:
    """What somebody does who holds the file itself: no trigger stands in their way."""
    connection = sqlite3.connect(store.path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for statement in (*(f"DROP TRIGGER {name}" for name in names), *statements):
        connection.execute(statement)
    connection.commit()
    connection.close()


def found(store: Store, kept: Kept | None = None) -> Finding | None:
    return verify(exported(store), by(store), kept).finding


def test_an_untouched_log_is_found_so(store: Store) -> None:
    fill(store)
    report = verify(exported(store), by(store))

    assert report == Report(entries=ENTRIES, heads=ENTRIES, signed=ENTRIES)


def test_each_entry_of_the_store_has_the_proof_of_the_definition(store: Store) -> None:
    fill(store)
    with store.reading() as connection:
        nodes = logs.nodes(connection, Log.CONSENT)
        root = merkle.root(ENTRIES, nodes)
        for opening in consents.openings(connection):
            path = merkle.inclusion(opening.number, ENTRIES, nodes)
            leaf = merkle.leaf_hash(opening.nonce + opening.content)
            assert merkle.includes(leaf, opening.number, ENTRIES, path, root)
            proof = exporting.proof(connection, Log.CONSENT, opening)
            assert proof is not None
            assert proofs.check(proofs.read(proofs.write(proof)), by(store)).size == ENTRIES
            with pytest.raises(proofs.Unproven, match="another one"):
                proofs.check(replace(proof, data=proof.data + b" "), by(store))


def test_an_append_writes_few_rows(store: Store) -> None:
    with store.atomic() as connection:
        for number in range(200):
            before = connection.total_changes
            logs.append(connection, Log.POINTS, b"x", bytes(32))
            assert connection.total_changes - before <= (number + 1).bit_length() + 1
    assert logs_size(store, Log.POINTS) == 200
    assert logs_size(store, Log.CONSENT) == 0


def logs_size(store: Store, log: Log) -> int:
    with store.reading() as connection:
        return logs.size(connection, log)


def test_a_nonce_that_could_be_guessed_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="32 random"), store.atomic() as connection:
        logs.append(connection, Log.CONSENT, b"", b"short")
    assert logs_size(store, Log.CONSENT) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_nodes SET hash = x'00'",
        "DELETE FROM log_nodes",
        "UPDATE log_heads SET note = ''",
        "DELETE FROM log_heads",
        "UPDATE consents SET given = 1 - given",
        "DELETE FROM consents",
        "UPDATE consent_leaves SET leaf = leaf + 1000",
        "DELETE FROM consent_leaves",
        "UPDATE erasures SET content = x''",
        "DELETE FROM erasures",
    ],
)
def test_no_statement_changes_what_was_written(store: Store, statement: str) -> None:
    _, _, last = fill(store)
    with store.atomic() as connection:
        erasing.erase(connection, last, 9)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.atomic() as connection:
        connection.execute(statement)
    assert found(store) is None


COLUMNS = {
    "profile": "profile % 3 + 1",
    "purpose": "'card'",
    "given": "1 - given",
    "text_version": "'2026-11-21'",
    "language": "'en'",
    "at_ms": "at_ms - 1",
    "proof": "proof || '0'",
    "refusal": "1",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_that_was_changed_is_named(store: Store, column: str) -> None:
    fill(store)
    tamper(store, f"UPDATE consents SET {column} = {COLUMNS[column]} WHERE id IN (12, 20)")

    assert found(store) == Finding(fault=Fault.CONTENT, first=11, last=11, words="its content is not what was logged")


def test_the_very_words_are_part_of_what_was_logged(store: Store) -> None:
    fill(store, 2)
    files = Path(wording.__file__).parent / "wordings"
    history = json.loads((files / "2026-11-22.json").read_text())["history"]["ko"]
    first = json.loads(exported(store)[0].content or "")

    assert first["words"] == hashlib.sha256("\n".join(history).encode()).hexdigest()
    # Somebody edits a released file: every entry that was agreed to in those words is named.
    edited = json.dumps(first | {"words": hashlib.sha256(b"other words").hexdigest()}, separators=(",", ":"))
    lines = exported(store)
    finding = verify([replace_content(lines[0], edited), *lines[1:]], by(store)).finding
    assert finding == Finding(fault=Fault.CONTENT, first=0, last=0, words="its content is not what was logged")


def replace_content(line: Line, content: str) -> Line:
    return Line(entry=line.entry, leaf=line.leaf, nonce=line.nonce, content=content, head=line.head)


def test_an_inner_node_that_was_changed_is_named(store: Store) -> None:
    fill(store)
    with store.reading() as connection:
        assert exporting.broken_node(connection, Log.CONSENT) is None
    tamper(store, "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 2 AND number = 1")
    with store.reading() as connection:
        words = exporting.broken_node(connection, Log.CONSENT)
    assert words == "the inner node 1 of level 2 is not the hash of what is under it"


def test_a_store_that_lost_its_key_signs_nothing_more(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    with store.reading() as connection:
        made = heads.signing_key(connection, path, bytes(range(32)))
    assert made is not None
    fill(store)
    for there in (True, False):
        with store.reading() as connection:
            found_key = heads.signing_key(connection, path, bytes(32))
        assert (found_key is not None and found_key.public == made.public) is there
        path.unlink(missing_ok=True)


def test_many_at_once_append_without_a_gap_or_a_double(store: Store) -> None:
    profiles = fill(store, 3)

    def write(number: int) -> None:
        with store.atomic() as connection:
            consents.write(connection, profiles[number % 3], entry(number), nonce=os.urandom(32))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(64)))
    with store.atomic() as connection:
        assert heads.sign(connection, Log.CONSENT, KEY, now_ms=9) == 64
    report = verify(exported(store), by(store))
    assert (report.finding, report.entries, report.blinded) == (None, 67, 0)


def test_an_entry_that_was_rewritten_with_its_hash_is_named(store: Store) -> None:
    fill(store)
    forged = merkle.leaf_hash(bytes(32) + b'{"forged":true}').hex()
    tamper(
        store,
        "DELETE FROM consent_leaves WHERE leaf = 8",
        f"UPDATE log_nodes SET hash = x'{forged}' WHERE level = 0 AND number = 8",
    )
    finding = found(store)

    assert finding is not None
    assert (finding.fault, finding.first, finding.last) == (Fault.ROOT, 8, 8)


def test_an_erased_entry_is_blinded_and_its_hash_is_still_guarded(store: Store) -> None:
    first, *_ = fill(store)
    with store.atomic() as connection:
        erasing.erase(connection, first, 9)
        heads.sign(connection, Log.CONSENT, KEY, now_ms=9)
    report = verify(exported(store), by(store))
    assert report.finding is None
    assert (report.entries, report.blinded, report.erased) == (ENTRIES + 1, 8, 8)  # entries 0, 3, 6 … 21
    lines = exported(store)
    assert all(line.nonce is None and line.content is None for line in lines[:ENTRIES:3])
    assert lines[-1].content == '{"erased":[0,3,6,9,12,15,18,21],"at":9}'

    tamper(store, "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 0 AND number = 9")
    finding = found(store)
    assert finding is not None
    assert (finding.fault, finding.first, finding.last) == (Fault.ROOT, 9, 9)


def test_an_entry_that_is_hidden_and_called_erased_is_named(store: Store) -> None:
    first, *_ = fill(store)
    with store.atomic() as connection:
        erasing.erase(connection, first, 9)
    # A refusal that somebody would rather not have heard: its row is gone, and nobody asked for that.
    tamper(store, "DELETE FROM consent_leaves WHERE leaf = 10", "DELETE FROM consents WHERE id = 11")
    finding = found(store)

    assert finding is not None
    assert (finding.fault, finding.first, finding.last) == (Fault.HIDDEN, 10, 10)
    assert verify(exported(store), by(store), contents=False).finding is None


def test_an_entry_that_is_gone_or_out_of_place_is_named(store: Store) -> None:
    fill(store)
    lines = exported(store)
    for changed, number in (
        ([*lines[:4], *lines[5:]], 4),
        ([*lines[:4], lines[5], lines[4], *lines[6:]], 4),
        ([*lines[:4], lines[4], *lines[4:]], 5),
    ):
        finding = verify(changed, by(store)).finding
        assert finding is not None
        assert (finding.fault, finding.first) == (Fault.ORDER, number)


def test_a_log_that_was_rewritten_and_signed_anew_is_caught_by_what_was_kept(store: Store) -> None:
    fill(store)
    lines, who = exported(store), by(store)
    forged = resigned([*lines[:7], line_of(lines[7], b"forged"), *lines[8:]], who)
    assert verify(forged, who).finding is None  # whoever has the key can sign anything: what was kept is the witness

    whole = verify(forged, who, keep(lines[:15], who)).finding
    assert whole is not None
    assert (whole.fault, whole.first, whole.last) == (Fault.HISTORY, 7, 7)
    some = Kept(heads={size: read_head(lines[size - 1].head or "", who) for size in (5, 12)})
    between = verify(forged, who, some).finding
    assert between is not None
    assert (between.fault, between.first, between.last) == (Fault.HISTORY, 5, 11)


def line_of(line: Line, content: bytes) -> Line:
    leaf = merkle.leaf_hash(bytes(32) + content).hex()
    return Line(entry=line.entry, leaf=leaf, nonce=bytes(32).hex(), content=content.decode())


def resigned(lines: list[Line], who: Verifier) -> list[Line]:
    """The same entries under heads that the store's own key signed later."""
    tree, out = merkle.Frontier(), []
    for line in lines:
        tree.add(bytes.fromhex(line.leaf))
        assert line.entry + 1 == tree.size
        head = replace(HEAD, origin=who.name, size=tree.size, root=tree.root())
        out.append(
            Line(entry=line.entry, leaf=line.leaf, nonce=line.nonce, content=line.content, head=signed_head(head, KEY))
        )
    return out


HEAD = Head(origin="", size=0, root=merkle.EMPTY, at_ms=9)


def test_a_log_that_was_cut_short_is_caught_by_a_kept_head(store: Store) -> None:
    fill(store)
    lines, who = exported(store), by(store)
    kept = Kept(heads={ENTRIES: read_head(lines[-1].head or "", who)})
    finding = verify(lines[:-3], who, kept).finding

    assert finding is not None
    assert (finding.fault, finding.first) == (Fault.SHORT, ENTRIES - 3)
    assert verify(lines, who, kept).kept == 1


def test_a_head_of_another_key_is_no_head(store: Store) -> None:
    fill(store)
    stranger = Verifier(name=by(store).name, public=SigningKey(bytes(32)).public)
    finding = verify(exported(store), stranger).finding

    assert finding is not None
    assert (finding.fault, finding.first) == (Fault.SIGNATURE, 0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_of_an_export_is_found(data: st.DataObject) -> None:
    lines, who = SAMPLE
    at = data.draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    field = data.draw(st.sampled_from(("leaf", "nonce", "content", "head")))
    text = getattr(line, field)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdef{}\N{HANGUL SYLLABLE GA}").filter(lambda c: c != text[place]))
    parts = {name: getattr(line, name) for name in ("entry", "leaf", "nonce", "content", "head")}
    changed = Line(**{**parts, field: text[:place] + letter + text[place + 1 :]})
    finding = verify([*lines[:at], changed, *lines[at + 1 :]], who).finding

    if finding is None:  # the one place where two texts say the same: the last bits of a head's Base64
        assert field == "head"
        assert read_head(changed.head or "", who) == read_head(line.head or "", who)
    else:
        assert (finding.first, finding.last) == (at, at)


def _sample() -> tuple[list[Line], Verifier]:
    who = Verifier(name="aisle/0/consent", public=KEY.public)
    plain = [line_of(Line(entry=n, leaf=""), b'{"purpose":"history","at":%d}' % n) for n in range(9)]
    return resigned(plain, who), who


SAMPLE = _sample()


def test_lines_of_before_the_log_are_taken_into_it_once(store: Store) -> None:
    fill(store, 4)
    with store.atomic() as connection:  # as an older version of the program, or an import, wrote it
        connection.execute(
            """INSERT INTO consents (profile, purpose, given, text_version, language, at_ms, proof)
               VALUES (1, 'card', 1, '2026-11-21', 'ko', 1, 'POST /me/begin')"""
        )
        assert consents.adopt(connection, os.urandom) == 1
        assert consents.adopt(connection, os.urandom) == 0
        assert heads.sign(connection, Log.CONSENT, KEY, now_ms=6) == 1

    report = verify(exported(store), by(store))
    assert (report.finding, report.entries, report.blinded) == (None, 5, 0)


def test_entries_without_a_head_are_told_to_be_unproven_yet(store: Store) -> None:
    fill(store, 4)
    with store.atomic() as connection:
        consents.write(connection, 1, entry(9), nonce=os.urandom(32))
    report = verify(exported(store), by(store))

    assert (report.finding, report.entries, report.signed) == (None, 5, 4)


def test_no_line_of_an_export_reads_two_ways() -> None:
    with pytest.raises(ValueError, match="unknown field"):
        read_line('{"entry":0,"leaf":"00","extra":1}')
