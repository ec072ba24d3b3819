import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.tags.felica import FelicaCard

IDM = bytes.fromhex("012E3D4C5B6A7988")
PMM = "00F1000000014300"


def ask(card: FelicaCard, command: str) -> str | None:
    """The answer to a command, both without their length byte."""
    body = bytes.fromhex(command)
    reply = card.receive(bytes((len(body) + 1,)) + body)
    if reply is None:
        return None
    assert reply.data[0] == len(reply.data)
    return reply.data[1:].hex().upper()


@pytest.mark.parametrize(
    ("polling", "answer"),
    [
        ("00FFFF0000", f"01{IDM.hex().upper()}{PMM}"),
        ("00FFFF0100", f"01{IDM.hex().upper()}{PMM}88B4"),
        ("0012FC0100", f"01{IDM.hex().upper()}{PMM}12FC"),
        ("0012FF0000", f"01{IDM.hex().upper()}{PMM}"),
        ("0000030000", None),
    ],
)
def test_polling_is_answered_for_the_systems_of_the_card(polling: str, answer: str | None) -> None:
    assert ask(FelicaCard(IDM), polling) == answer


def test_check_reads_the_blocks_it_lists() -> None:
    card = FelicaCard(IDM, url="https://shop.example/card")
    answer = ask(card, f"06{IDM.hex()}010B00" + "028000" + "000100")
    assert answer is not None
    assert answer.startswith(f"07{IDM.hex().upper()}000002" + "100401000D")
    assert bytes.fromhex(answer)[-16:].startswith(b"\xd1\x01\x12U\x04shop.exa")


@pytest.mark.parametrize(
    ("blocks", "status"),
    [("010B00" + "01800E", "FFA8"), ("010000" + "018000", "FFA6"), ("010B00" + "00", "FFA2"), ("", "FFA2")],
)
def test_check_names_what_is_wrong(blocks: str, status: str) -> None:
    assert ask(FelicaCard(IDM), f"06{IDM.hex()}{blocks}") == f"07{IDM.hex().upper()}{status}"


def test_a_frame_for_another_card_or_with_a_wrong_length_is_not_answered() -> None:
    assert ask(FelicaCard(IDM), "06" + "00" * 8 + "010B00018000") is None
    assert FelicaCard(IDM).receive(bytes.fromhex("0700FFFF0000")) is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=24))
def test_no_frame_breaks_the_card(frame: bytes) -> None:
    card = FelicaCard(IDM)
    ask(card, frame.hex())
    ask(card, "06" + IDM.hex() + frame.hex())
