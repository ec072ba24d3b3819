"""What the system saw, heard over MQTT with an observer's account; the one place of paho."""

import threading
from collections.abc import Callable
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from contract.credentials import Credentials
from contract.messages import WireError, decode_live
from contract.plan import Plan
from contract.topics import Channel, every_node
from firmware_sim.town.geometry import Outline, Spot, inside, outline

_LONGEST_S: Final = 1.5
"""A silence longer than this is a gap: nobody's time is counted over it."""
_STALE_S: Final = 2.0


class Observer:
    """Where the cameras see people now, and how long they saw them in each zone; `now` is monotonic seconds."""

    def __init__(self, account: Credentials, plan: Plan, now: Callable[[], float]) -> None:
        self._now, self._lock = now, threading.Lock()
        self._zones: tuple[tuple[str, str, Outline], ...] = tuple(
            (zone.id, zone.camera, outline(zone.polygon)) for zone in plan.zones
        )
        self._sees = {camera.id: outline(camera.sees) for camera in plan.cameras}
        self._people: dict[str, tuple[float, tuple[Spot, ...]]] = {}
        self._spent: dict[str, float] = {zone.id: 0.0 for zone in plan.zones}
        self.refused = 0
        self.connected = False
        self._topic = every_node(plan.store, Channel.LIVE)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=account.username)
        self._client.username_pw_set(account.username, account.password)
        if account.ca is not None:
            self._client.tls_set(ca_certs=account.ca)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 5)
        self._client.connect_async(account.host, account.port, keepalive=20)
        self._client.loop_start()

    def people(self) -> list[Spot]:
        """Where people are seen now, each by the camera whose floor it is."""
        now = self._now()
        with self._lock:
            return [
                spot
                for camera, (at, spots) in self._people.items()
                if now - at < _STALE_S
                for spot in spots
                if camera in self._sees and inside(self._sees[camera], spot)
            ]

    def spent_s(self) -> dict[str, float]:
        """Person-seconds seen in each zone by its own camera."""
        with self._lock:
            return dict(self._spent)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connected = not reason.is_failure
        if self.connected:
            client.subscribe(self._topic, qos=0)

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        self.connected = False

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            live = decode_live(bytes(message.payload))
        except WireError:
            self.refused += 1
            return
        spots = tuple(Spot(round(person.x * 1000), round(person.y * 1000)) for person in live.people)
        self.see(live.camera, spots)

    def see(self, camera: str, spots: tuple[Spot, ...]) -> None:
        """One camera's view of this moment; what it saw last lasted until now."""
        now = self._now()
        with self._lock:
            before, last = self._people.get(camera, (now, ()))
            if now - before <= _LONGEST_S:
                for zone, owner, shape in self._zones:
                    if owner == camera:
                        self._spent[zone] += (now - before) * sum(inside(shape, spot) for spot in last)
            self._people[camera] = (now, spots)
