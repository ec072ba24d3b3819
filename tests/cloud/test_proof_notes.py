"""Signed notes and heads: what was signed is read, and nothing else."""

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import UserError
from cloud.proof import keys
from cloud.proof.heads import Head, read_head, signed_head
from cloud.proof.keys import SigningKey
from cloud.proof.notes import NoteError, Verifier, opened, sign, verifier

KEY = SigningKey(bytes(range(32)))
BY = Verifier(name="aisle/0/consent", public=KEY.public)
HEAD = Head(origin=BY.name, size=7, root=bytes(32), at_ms=1_795_230_000_000)

# A note of another program's (Go's checksum database writes the same form): its text, its key, its signature.
FOREIGN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
FOREIGN = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ"
    "nAM=\n"
)


def test_a_note_that_another_program_signed_is_read() -> None:
    assert opened(FOREIGN, verifier(FOREIGN_KEY)).startswith("If you think cryptography")
    assert str(verifier(FOREIGN_KEY)) == FOREIGN_KEY
    with pytest.raises(NoteError, match="does not hold"):
        opened(FOREIGN.replace("answer", "cure"), verifier(FOREIGN_KEY))


def test_a_head_comes_back_as_it_was_signed() -> None:
    note = signed_head(HEAD, KEY)

    assert read_head(note, BY) == HEAD
    assert note.splitlines()[:2] == ["aisle/0/consent", "7"]
    witnessed = note + f"\N{EM DASH} witness {base64.b64encode(bytes(68)).decode()}\n"
    assert read_head(witnessed, BY) == HEAD  # others may sign it too


def test_a_head_of_another_key_or_log_does_not_count() -> None:
    note = signed_head(HEAD, KEY)
    stranger = SigningKey(bytes(32))
    with pytest.raises(NoteError, match="not signed by"):
        read_head(note, Verifier(name=BY.name, public=stranger.public))
    with pytest.raises(NoteError, match="not signed by"):
        read_head(note, Verifier(name="aisle/0/points", public=KEY.public))
    # The log's key under another log's origin: signed, but not the log that was asked for.
    foreign = sign("aisle/0/points\n7\n" + base64.b64encode(bytes(32)).decode() + "\ntime 1\n", BY.name, KEY)
    with pytest.raises(NoteError, match="it is the head of 'aisle/0/points'"):
        read_head(foreign, BY)


@pytest.mark.parametrize(
    "text",
    [
        "aisle/0/consent\n07\nAAAA\ntime 1\n",
        "aisle/0/consent\n7\nAAAA\ntime 1\n",
        "aisle/0/consent\n-7\n" + "A" * 43 + "=\ntime 1\n",
        "aisle/0/consent\n7\n" + "A" * 43 + "=\n",
        "aisle/0/consent\n7\n" + "A" * 43 + "=\ntime ٧\n",
    ],
)
def test_a_head_of_a_strange_form_does_not_count(text: str) -> None:
    with pytest.raises(NoteError):
        read_head(sign(text, BY.name, KEY), BY)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.integers(1, 255))
def test_a_head_with_any_byte_turned_does_not_count(at: int, turn: int) -> None:
    note = signed_head(HEAD, KEY).encode()
    at %= len(note)
    changed = note[:at] + bytes([note[at] ^ turn]) + note[at + 1 :]
    try:
        head = read_head(changed.decode(), BY)
    except (NoteError, UnicodeDecodeError):
        return
    assert head == HEAD  # at most the padding bits of a Base64 letter


@pytest.mark.parametrize("text", ["no newline", "two\n\nparts\n", "bell\a\n", ""])
def test_a_text_that_could_be_read_in_two_ways_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign(text, BY.name, KEY)


@pytest.mark.parametrize("word", ["", "a+b", "n+00000000+AAAA", FOREIGN_KEY.replace("c74f", "c74e"), "a b+1+AQ=="])
def test_a_key_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(NoteError):
        verifier(word)


def test_the_stores_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    first = keys.ensure(path, b"\x01" * 32)
    again = keys.ensure(path, b"\x02" * 32)

    assert first.public == again.public == keys.load(path).public
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        keys.load(path)


def test_a_key_file_with_something_else_in_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    path.write_text("not a key\n")
    path.chmod(0o600)
    with pytest.raises(UserError, match="64 hexadecimal digits"):
        keys.load(path)
    with pytest.raises(UserError, match=r"log\.key"):
        keys.load(tmp_path / "nothing" / "log.key")
