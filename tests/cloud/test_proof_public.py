"""What auditors use: the public routes over HTTP, and the commands with the public key alone."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud import cli
from cloud.proof import keys, merkle, notes, proofs
from cloud.proof.heads import read_head
from cloud.store import consents
from cloud.web.shop import duties
from tests.cloud.served import Served, served
from tests.cloud.shop import LOG_KEY
from tests.programs import PATIENCE_S

LOG = "/v1/log/consent"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        seed = bytes(range(32))
        assert keys.ensure(tmp_path / keys.FILE, seed).public == LOG_KEY.public
        yield site


def grow(site: Served, shoppers: int = 3) -> None:
    for _ in range(shoppers):
        site.enrol("history", "offers", "card")
    duties.sign_heads(site.shop.services)


def aisle(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """A command's exit status and what it printed."""
    status = cli.main([str(word) for word in words])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_whoever_keeps_a_head_can_check_every_later_one(site: Served) -> None:
    with site.client() as auditor:
        assert auditor.get(f"{LOG}/head").status_code == 404
        grow(site)
        by = notes.verifier(auditor.get(f"{LOG}/key").text)
        earlier = read_head(auditor.get(f"{LOG}/head").text, by)
        grow(site)
        later = read_head(auditor.get(f"{LOG}/head").text, by)
        told = auditor.get(f"{LOG}/consistency?first={earlier.size}&second={later.size}").json()
        old = auditor.get(f"{LOG}/head?size={earlier.size}").text

    path = [bytes.fromhex(each) for each in told["path"]]
    assert later.size > earlier.size > 0
    assert merkle.consistent(earlier.size, later.size, earlier=earlier.root, later=later.root, proof=path)
    assert not merkle.consistent(earlier.size, later.size, earlier=later.root, later=later.root, proof=path)
    assert read_head(old, by) == earlier


def test_an_entry_is_proven_without_a_word_of_what_it_says(site: Served) -> None:
    grow(site)
    with site.client() as auditor:
        by = notes.verifier(auditor.get(f"{LOG}/key").text)
        head = read_head(auditor.get(f"{LOG}/head").text, by)
        found = auditor.get(f"{LOG}/inclusion?entry=4&size={head.size}")
        entries = auditor.get(f"{LOG}/entries?from=2")

    told = found.json()
    path = [bytes.fromhex(each) for each in told["path"]]
    assert merkle.includes(bytes.fromhex(told["leaf"]), 4, head.size, path, head.root)
    assert entries.json()["leaves"][2] == told["leaf"]
    assert "history" not in found.text + entries.text
    assert found.headers["access-control-allow-origin"] == "*"


QUESTIONS = {
    "inclusion": (400, "entry = ''"),
    "inclusion?entry=9&size=9": (400, "entry = 9: at most 8"),
    "inclusion?entry=0&size=10": (400, "size = 10: at most 9"),
    "inclusion?entry=0&size=0": (400, "entry = 0"),
    "inclusion?entry=-1&size=9": (400, "entry = '-1'"),
    "consistency?first=0&second=9": (400, "first = 0: 1 to 9"),
    "consistency?first=5&second=4": (400, "first = 5: 1 to 4"),
    "head?size=99": (404, "no head"),
    "head?size=x": (400, "size = 'x'"),
    "entries?from=99999999999999999999": (400, "from ="),
    "everything": (404, "consent, points"),
}


def test_a_question_about_nothing_is_answered_in_words(site: Served) -> None:
    grow(site)
    with site.client() as auditor:
        answers = {question: auditor.get(f"{LOG}/{question}") for question in QUESTIONS}

    for question, (status, words) in QUESTIONS.items():
        assert answers[question].status_code == status
        assert words in answers[question].json()["error"]


def test_the_words_that_an_entry_names_are_there_for_everybody(
    site: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(site, 1)
    entry = json.loads(json.loads(aisle(capsys, "log", "export", "--data", tmp_path)[1].splitlines()[1])["content"])
    with site.client() as auditor:
        told = auditor.get(f"{LOG}/words").json()
        assert auditor.get("/v1/log/points/words").status_code == 404
    shown = told[entry["text"]][entry["purpose"]][entry["language"]]

    assert shown["sha256"] == entry["words"]
    assert hashlib.sha256(f"{shown['title']}\n{shown['words']}".encode()).hexdigest() == entry["words"]
    assert "2026-11-21" in told


def test_no_log_of_another_name_is_there(site: Served) -> None:
    with site.client() as auditor:
        assert auditor.get("/v1/log/visits/head").status_code == 404
        assert auditor.post(f"{LOG}/head").status_code == 405


def test_a_shopper_takes_the_proof_of_a_line_home(
    site: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cookie = site.enrol("history")
    other = site.enrol("offers")
    duties.sign_heads(site.shop.services)
    with site.client(cookie) as phone, site.client(other) as stranger:
        page = phone.get("/me/choices?lang=en").text
        link = page.partition('href="/me/proof/')[2].partition('"')[0]
        answer = phone.get(f"/me/proof/{link}")
        assert stranger.get(f"/me/proof/{link}").status_code == 404
        assert phone.get("/me/proof/x").status_code == 404
    kept = tmp_path / "mine.tlog-proof"
    kept.write_text(answer.text)
    _, key = aisle(capsys, "log", "key", "--data", tmp_path)
    status, words = aisle(capsys, "log", "prove", kept, "--key", key.strip())

    assert (status, '"purpose":"history","given":true' in words) == (0, True)
    kept.write_text(answer.text.replace("index 0", "index 1"))
    assert aisle(capsys, "log", "prove", kept, "--key", key.strip())[0] == 1
    assert proofs.read(answer.text).number == 0


def test_the_verifier_names_the_row_that_was_changed_and_finds_an_untouched_log_so(
    site: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(site)
    clean = aisle(capsys, "log", "verify", "--data", tmp_path)
    assert clean[0] == 0
    assert "9 entries read, 0 of them erased, 9 under 9 signed heads" in clean[1]
    assert "no entry was changed" in clean[1]

    with sqlite3.connect(tmp_path / "aisle.db") as connection:
        connection.execute("DROP TRIGGER consents_are_never_changed")
        connection.execute("UPDATE consents SET given = 0 WHERE id = 6")
    connection.close()
    status, words = aisle(capsys, "log", "verify", "--data", tmp_path)
    assert (status, "entry 5: its content is not what was logged" in words) == (1, True)


@pytest.mark.parametrize("log", ["consent", "points"])
def test_whoever_is_forgotten_leaves_hashes_that_still_hold(
    site: Served, tmp_path: Path, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(site)
    cookie = site.enrol("history")
    with site.client(cookie) as phone:
        phone.get(site.tap(phone))  # earns a point
        assert phone.post("/me/end").status_code == 200
    duties.sign_heads(site.shop.services)
    status, words = aisle(capsys, "log", "verify", "--data", tmp_path, "--log", log)
    told = aisle(capsys, "log", "export", "--data", tmp_path, "--log", log)[1].splitlines()

    assert (status, "0 of them erased" in words, "no entry was changed" in words) == (0, False, True)
    assert json.loads(json.loads(told[-1])["content"])["erased"]


def test_an_export_is_verified_elsewhere_with_the_public_key(
    site: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(site)
    key = aisle(capsys, "log", "key", "--data", tmp_path)[1].strip()
    early, late, head = tmp_path / "early.jsonl", tmp_path / "late.jsonl", tmp_path / "head.note"
    early.write_text(aisle(capsys, "log", "export", "--data", tmp_path)[1])
    with site.client() as auditor:
        head.write_text(auditor.get(f"{LOG}/head").text)
    grow(site)
    late.write_text(aisle(capsys, "log", "export", "--hashes", "--data", tmp_path)[1])
    kept: tuple[str | Path, ...] = ("--earlier", early, "--head", head)

    assert '"content"' in early.read_text()
    assert '"content"' not in late.read_text()
    status, words = aisle(capsys, "log", "verify", late, "--key", key, *kept)
    assert (status, "18 entries read, without what they say" in words, "no entry was changed" in words) == (
        0,
        True,
        True,
    )
    assert "hand in the one you kept" in aisle(capsys, "log", "verify", late)[1]

    lines = late.read_text().splitlines()
    forged = json.loads(lines[4]) | {"leaf": "00" * 32}
    late.write_text("\n".join([*lines[:4], json.dumps(forged), *lines[5:]]) + "\n")
    status, words = aisle(capsys, "log", "verify", late, "--key", key, *kept)
    assert (status, "entry 3: it is not the entry that was kept" in words) == (1, True)
    late.write_text("\n".join(lines[:9]) + "\n")
    status, words = aisle(capsys, "log", "verify", late, "--key", key)
    assert (status, "it was cut" in words) == (2, True)
    status, words = aisle(capsys, "log", "verify", late, "--key", key, "--earlier", early)
    assert (status, "entry 8: the log once had 9 entries" in words) == (1, True)


def test_two_heads_are_compared_without_the_log(
    site: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, proof = (tmp_path / name for name in ("first.note", "second.note", "proof.json"))
    with site.client() as auditor:
        for file in (first, second):
            grow(site)
            file.write_text(auditor.get(f"{LOG}/head").text)
        proof.write_text(auditor.get(f"{LOG}/consistency?first=9&second=18").text)
    key = aisle(capsys, "log", "key", "--data", tmp_path)[1].strip()
    command: tuple[str | Path, ...] = ("log", "compare", first, second, "--key", key, "--proof", proof)

    assert aisle(capsys, *command) == (0, "the head of 18 entries only adds to the head of 9\n")
    proof.write_text(json.dumps({"path": ["00" * 32]}))
    assert aisle(capsys, *command)[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify",), "hand in an export"),
        (("verify", "nothing.jsonl"), "nothing.jsonl"),
        (("key", "--data", "nowhere"), "there is no store"),
        (("prove", "nothing", "--key", "x+y+z"), "--key"),
        (("compare", "a", "b", "--proof", "c", "--key", "k"), "--key"),
    ],
)
def test_a_wrong_command_says_what_is_needed(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = aisle(capsys, "log", *words)
    assert (status, told in said) == (2, True)


def test_what_is_no_export_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.jsonl"
    for text in ("", "[]\n", '{"aisle_log":2,"origin":"","key":"","size":0}\n', "\x00\n"):
        file.write_text(text)
        status, said = aisle(capsys, "log", "verify", file)
        assert (status, "x.jsonl" in said) == (2, True)


def test_a_running_store_signs_what_was_added_by_itself(site: Served) -> None:
    site.enrol("history")
    with site.client() as auditor:
        head = wait_for_head(auditor)
        by = notes.verifier(auditor.get(f"{LOG}/key").text)

    assert read_head(head, by).size >= 1
    with site.shop.store.reading() as connection:
        assert len(list(consents.openings(connection))) == 1


def wait_for_head(auditor: httpx.Client) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = auditor.get(f"{LOG}/head")
        if answer.status_code == 200:
            return answer.text
        time.sleep(0.05)
    raise AssertionError("no head was signed")
