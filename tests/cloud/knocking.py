"""Whether a broker takes a user: bytes of MQTT 3.1.1 of our own, so that a refusal is the broker's and no client's."""

import socket
import ssl
import time

from contract.credentials import Credentials


def wait_until_ready(credentials: Credentials, *, seconds: float) -> bool:
    """Polls until the broker accepts this user (over TLS where its credentials name a `ca`), for at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if _accepts(credentials):
            return True
        time.sleep(0.05)
    return False


def _accepts(credentials: Credentials) -> bool:
    """Whether a CONNECT is answered by a CONNACK with code 0 (MQTT 3.1.1, 3.1 and 3.2)."""
    # A client id of its own: the same one would take the session of the program that works under this name.
    strings = (f"{credentials.username}-ready", credentials.username, credentials.password)
    fields = b"".join(len(it.encode()).to_bytes(2) + it.encode() for it in strings)
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + fields
    try:
        with _dial(credentials) as connection:
            connection.sendall(b"\x10" + _length(len(body)) + body)
            answer = connection.recv(4)
            connection.sendall(b"\xe0\x00")
    except OSError:
        return False
    return answer == b"\x20\x02\x00\x00"


def _dial(credentials: Credentials) -> socket.socket:
    plain = socket.create_connection((credentials.host, credentials.port), timeout=2)
    if credentials.ca is None:
        return plain
    # A failed handshake closes the socket that it was given.
    return ssl.create_default_context(cafile=credentials.ca).wrap_socket(plain, server_hostname=credentials.host)


def _length(size: int) -> bytes:
    """MQTT's variable byte integer (2.2.3)."""
    found = bytearray()
    while True:
        size, seven = divmod(size, 128)
        found.append(seven | (128 if size else 0))
        if not size:
            return bytes(found)
