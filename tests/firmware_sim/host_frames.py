"""Frames as a host writes them to the reader's chip."""

from firmware_sim.pn532.frames import Command

GET_VERSION = bytes.fromhex("0000FF02FED4022A00")


def host_frame(command: Command) -> bytes:
    payload = bytes((0xD4, command.code)) + command.data
    if len(payload) < 0x100:
        head = bytes((len(payload), -len(payload) & 0xFF))
    else:
        high, low = divmod(len(payload), 0x100)
        head = bytes((0xFF, 0xFF, high, low, -(high + low) & 0xFF))
    return b"\x00\x00\xff" + head + payload + bytes((-sum(payload) & 0xFF, 0x00))
