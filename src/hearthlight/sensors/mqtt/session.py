"""What the door remembers of one client: its subscriptions and the messages on their way to it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearthlight.sensors.mqtt.encode import with_dup
from hearthlight.sensors.mqtt.link import Slot
from hearthlight.sensors.mqtt.packets import Will
from hearthlight.sensors.mqtt.routing import Message, Subscription
from hearthlight.sensors.mqtt.types import Limits, Principal, Reason

if TYPE_CHECKING:
    from hearthlight.sensors.mqtt.connection import Connection
    from hearthlight.sensors.mqtt.door import Door


@dataclass(slots=True, eq=False)
class Incoming:
    """A QoS 2 message between its PUBLISH and its PUBREL; `slot` is where its PUBREC will go."""

    slot: Slot
    link: Connection
    is_settled: bool = False


@dataclass(slots=True, eq=False)
class Sent:
    """A QoS 1 message sent and not yet acknowledged, with what is needed to send it again."""

    message: Message
    retain: bool


class Session:
    """Outlives a connection when the client asked for that; bounded in every direction."""

    def __init__(self, *, door: Door, principal: Principal, client_id: str, limits: Limits) -> None:
        self.door = door
        self.principal = principal
        self.client_id = client_id
        self.limits = limits
        self.connection: Connection | None = None
        self.version = 4
        self.window = limits.inflight
        self.largest_packet: int | None = None
        self.lasts_seconds = 0
        self.forget_tick: int | None = None
        self.will: Will | None = None
        self.will_tick: int | None = None
        self.subscriptions: dict[str, Subscription[Session]] = {}
        self.incoming: dict[int, Incoming] = {}
        self._sent: dict[int, Sent] = {}
        self._queue: deque[Sent] = deque()
        self._held_bytes = 0
        self._latest_id = 0

    @property
    def key(self) -> tuple[str, str]:
        """A client id belongs to its principal: a stranger who borrows the id takes nothing over."""
        return self.principal.name, self.client_id

    @property
    def is_behind(self) -> bool:
        return bool(self._queue)

    def send(self, message: Message, qos: int, retain: bool) -> None:
        """Send now, or keep for later if QoS 1, or let go if QoS 0 and the client is away or slow."""
        connection = self.connection
        if qos == 0:
            if connection is None:
                return
            if connection.congested:
                self.door.refuse(self.principal.name, Reason.SLOW_CONSUMER)
                return
            self._send_once(connection, message, retain)
            return
        if self._queue or not self._has_room(message):
            self._keep(Sent(message, retain))
        else:
            self._transmit(Sent(message, retain))

    def _send_once(self, connection: Connection, message: Message, retain: bool) -> None:
        if message.expires_tick is None:
            packet = message.unacknowledged(self.version, retain)
        else:
            left = self.door.seconds_until(message.expires_tick)
            packet = message.write(version=self.version, retain=retain, left=left)
        if self.largest_packet is None or len(packet) <= self.largest_packet:
            self.door.counters.messages_out += 1
            connection.write(packet)

    def _has_room(self, message: Message) -> bool:
        connection = self.connection
        if connection is None or connection.congested or len(self._sent) >= self.window:
            return False
        return not self._sent or self._held_bytes + message.size <= self.limits.queue_bytes

    def _keep(self, item: Sent) -> None:
        queue = self._queue
        queue.append(item)
        self._held_bytes += item.message.size
        while len(queue) > self.limits.queue_messages or (
            queue and self._held_bytes > self.limits.queue_bytes
        ):
            # The oldest goes: a screen that was away needs what is true now.
            self._held_bytes -= queue.popleft().message.size
            self.door.refuse(self.principal.name, Reason.QUEUE_FULL)

    def _transmit(self, item: Sent) -> None:
        packet_id = self._next_id()
        if self._write(packet_id, item, again=False):
            self._sent[packet_id] = item
            self._held_bytes += item.message.size

    def _write(self, packet_id: int, item: Sent, *, again: bool) -> bool:
        """False when it may not be sent any more: too late, or too large for this client."""
        message, connection = item.message, self.connection
        left = None
        if message.expires_tick is not None:
            left = self.door.seconds_until(message.expires_tick)
            if left <= 0:
                return False
        packet = message.write(
            version=self.version, retain=item.retain, qos=1, packet_id=packet_id, left=left
        )
        if connection is None or (self.largest_packet is not None and len(packet) > self.largest_packet):
            return False
        self.door.counters.messages_out += 1
        connection.write(with_dup(packet) if again else packet)
        return True

    def _next_id(self) -> int:
        while True:
            self._latest_id = self._latest_id % 0xFFFF + 1
            if self._latest_id not in self._sent:
                return self._latest_id

    def acknowledged(self, packet_id: int) -> None:
        item = self._sent.pop(packet_id, None)
        if item is not None:
            self._held_bytes -= item.message.size
            self.pump()

    def pump(self) -> None:
        """Send what waits, as far as there is room."""
        queue = self._queue
        while queue:
            size = queue[0].message.size
            self._held_bytes -= size
            if not self._has_room(queue[0].message):
                self._held_bytes += size
                return
            self._transmit(queue.popleft())

    def resend(self) -> None:
        """A client came back to this session: first what it had not acknowledged, then what waited."""
        for packet_id, item in list(self._sent.items()):
            if not self._write(packet_id, item, again=True):
                del self._sent[packet_id]
                self._held_bytes -= item.message.size
        self.pump()
