"""The node's connection: given up, it is made anew, as after any loss."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from contract.credentials import Credentials
from edge.delivery.uplink import Connected, Disconnected, Heard, Uplink
from tests.programs import eventually

CONNACK, SUBACK = b"\x20\x02\x00\x00", b"\x90\x03"
CONNECT, SUBSCRIBE = 0x10, 0x82


class Swallower:
    """A broker that lets everybody in and subscribe, and answers nothing else (MQTT 3.1.1, section 3)."""

    def __init__(self, port: socket.socket) -> None:
        self.connected = 0
        self._port = port

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._port.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(client,), daemon=True).start()

    def _listen(self, client: socket.socket) -> None:
        with client:
            while packet := client.recv(4096):
                if packet[0] == CONNECT:
                    self.connected += 1
                    client.sendall(CONNACK)
                elif packet[0] == SUBSCRIBE:
                    client.sendall(SUBACK + packet[2:4] + b"\x01")


@contextmanager
def swallower() -> Iterator[tuple[Swallower, int]]:
    with socket.create_server(("127.0.0.1", 0)) as port:
        broker = Swallower(port)
        threading.Thread(target=broker.serve, daemon=True).start()
        yield broker, port.getsockname()[1]
        port.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_is_given_up_is_told_as_lost_and_made_anew() -> None:
    heard: list[Heard] = []
    with swallower() as (broker, port):
        credentials = Credentials(host="127.0.0.1", port=port, store="s", username="n", password="p")
        uplink = Uplink(credentials, hear=heard.append)
        uplink.renew()  # before there is any: nothing happens
        uplink.start()
        eventually(lambda: heard == [Connected()])

        uplink.renew()

        eventually(lambda: len(heard) == 3)
        uplink.stop()
    assert isinstance(heard[1], Disconnected)
    assert heard[2] == Connected()
    assert broker.connected == 2
