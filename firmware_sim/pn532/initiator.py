"""The chip's commands that find a tag and talk to it (UM0701-02 §7.3)."""

from collections.abc import Mapping

from firmware_sim.pn532.ciu import Framing, Heard, Register, Status
from firmware_sim.pn532.commands import Code, Entry, Outcome, Parts, Refused
from firmware_sim.pn532.faults import Fault
from firmware_sim.pn532.isodep import DESELECT, Blocks
from firmware_sim.tags.tag import HALT_COMMAND, TypeATag

_REQUEST_S = 0.004  # one try at finding a target
_AUTOMATIC_RATS = 0x10  # in SetParameters
_ISO_DEP = 0x20  # in SAK
_CASCADE = 0x88
_RATS = bytes.fromhex("E050")  # frames up to 64 bytes
_NOBODY = b"\x00"
_WRITE = b"\xa2"


def _list_passive_target(parts: Parts, data: bytes, _: float) -> Outcome | None:
    """Look for one target as often as RFConfiguration item 5 says; None while it has to go on looking."""
    if not 1 <= data[0] <= 2:
        raise Refused
    parts.ciu.field.switch(on=True)
    parts.target, parts.blocks = 0, None
    endless = parts.activation_retries == 0xFF
    tries = 2 if endless else parts.activation_retries + 1
    for tried in range(1, tries + 1):
        found = _find(parts, data[1], data[2:])
        if found is not None:
            parts.target = 1
            return Outcome(data=b"\x01\x01" + found, takes_s=tried * _REQUEST_S)
    return None if endless else Outcome(data=_NOBODY, takes_s=tries * _REQUEST_S)


def _find(parts: Parts, kind: int, wanted: bytes) -> bytes | None:
    """One try at a target of the kind that BrTy names; its data, or None if nobody answers."""
    match kind:
        case 0:
            return _find_a(parts, wanted)
        case 1 | 2:
            return _find_f(parts, wanted, speed=kind)
        case 3 if wanted:
            return None  # Type B: no such card is played
        case 4:
            return None  # Type 1: none either
        case _:
            raise Refused


def _find_a(parts: Parts, wanted: bytes) -> bytes | None:
    """SENS_RES, SEL_RES, UID and, if asked for, ATS of the card that answers and has the wanted UID."""
    parts.ciu.tune(Framing.A, speed=0)
    parts.ciu.fifo = 0x26  # REQA stays in the buffer when nobody answers it
    card = parts.ciu.field.request_a()
    if card is None:
        return None
    parts.ciu.fifo = 0x93
    if wanted and card.uid != _without_cascade(wanted):
        return None
    card.select()
    parts.uid = card.uid
    found = card.atqa.to_bytes(2, "big") + bytes((card.sak, len(card.uid))) + card.uid
    if card.sak & _ISO_DEP and parts.parameters & _AUTOMATIC_RATS:
        ats = parts.ciu.exchange(_RATS).data
        parts.blocks = Blocks(ats)
        found += ats
    return found


def _without_cascade(uid: bytes) -> bytes:
    """A UID as hosts send it: each incomplete level begins with the cascade tag."""
    if len(uid) > 4 and uid[0] == _CASCADE:
        return uid[1:4] + _without_cascade(uid[4:])
    return uid


def _find_f(parts: Parts, polling: bytes, *, speed: int) -> bytes | None:
    """The polling answer of a FeliCa card, its length byte counting itself."""
    if len(polling) != 5:
        raise Refused
    parts.ciu.tune(Framing.F, speed=speed)
    heard = parts.ciu.exchange(bytes((len(polling) + 1,)) + polling)
    return heard.data if heard.status is Status.OK else None


def _exchange(parts: Parts, frame: bytes, now: float) -> Heard:
    return parts.ciu.exchange(
        frame,
        deaf=parts.faults.strikes(Fault.RF_TIMEOUT, now=now),
        damaged=parts.faults.strikes(Fault.RF_CRC, now=now),
    )


def _outcome(parts: Parts, heard: Heard) -> Outcome:
    waited = parts.exchange_timeout_s if heard.status is Status.TIMEOUT else 0.0
    return Outcome(data=bytes((heard.status,)) + heard.data, takes_s=waited)


def _communicate_thru(parts: Parts, data: bytes, now: float) -> Outcome:
    return _outcome(parts, _exchange(parts, data, now))


def _data_exchange(parts: Parts, data: bytes, now: float) -> Outcome:
    """To the selected target in its own protocol: blocks for ISO-DEP, memory commands for Type 2."""
    if data[0] & 0x3F != 1 or not parts.target:
        return Outcome(data=bytes((Status.CONTEXT,)))
    if parts.blocks is not None:
        return _outcome(parts, parts.blocks.exchange(data[1:], lambda block: _exchange(parts, block, now)))
    heard = _exchange(parts, data[1:], now)
    if heard.status is Status.CRC and data[1:2] == _WRITE:  # the chip knows a 4-bit acknowledge when it sees one
        return Outcome(data=bytes((Status.OK,)))
    return _outcome(parts, heard)


def _deselect(parts: Parts, _: bytes, now: float) -> Outcome:
    """Send the target to sleep; it stays known."""
    if parts.blocks is not None:
        _exchange(parts, DESELECT, now)
    elif parts.target and parts.ciu.read(Register.TX_MODE) & 3 == Framing.A:
        _exchange(parts, HALT_COMMAND, now)
    return Outcome(data=bytes((Status.OK,)))


def _release(parts: Parts, data: bytes, now: float) -> Outcome:
    outcome = _deselect(parts, data, now)
    parts.target, parts.blocks = 0, None
    return outcome


def _select(parts: Parts, _: bytes, __: float) -> Outcome:
    if not parts.target:
        return Outcome(data=bytes((Status.CONTEXT,)))
    tag = parts.ciu.field.tag
    if isinstance(tag, TypeATag) and tag.uid == parts.uid:
        tag.select()
    return Outcome(data=bytes((Status.OK,)))


COMMANDS: Mapping[int, Entry] = {
    Code.IN_LIST_PASSIVE_TARGET: Entry(run=_list_passive_target, least=2),
    Code.IN_COMMUNICATE_THRU: Entry(run=_communicate_thru),
    Code.IN_DATA_EXCHANGE: Entry(run=_data_exchange, least=1),
    Code.IN_DESELECT: Entry(run=_deselect, least=1),
    Code.IN_RELEASE: Entry(run=_release, least=1),
    Code.IN_SELECT: Entry(run=_select, least=1),
}
