"""A Mosquitto or NATS outside, behind the same contract as the embedded door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ssl import SSLContext

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.codec import Parser
from hearthlight.sensors.mqtt.link import Counters, Hold, Link, Slot
from hearthlight.sensors.mqtt.packets import (
    MQTT_5,
    PUBACK,
    PUBCOMP,
    PUBREL,
    SUBACK,
    Ack,
    Connack,
    Connect,
    Disconnect,
    Granted,
    Packet,
    Publish,
    Wanted,
)
from hearthlight.sensors.mqtt.topics import is_topic
from hearthlight.sensors.mqtt.types import Deliver, Limits, Now, Principal, Reason, Received, Refused, Stats
from hearthlight.sensors.mqtt.wire import Code, Id, MqttError, Properties

KEEPALIVE_SECONDS = 30
"A dead broker is noticed within one and a half times this."
ANSWER_SECONDS = 10
"How long the broker may take to accept us."
FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 15.0
"Waits between attempts double from the first to the longest: the broker may be restarting, or gone for the night."
RECEIVE_MAXIMUM = 10_000
"Half a second at 20,000 messages/s: the broker must not wait for our store, which commits many messages at once."
SESSION_SECONDS = 0xFFFFFFFF
"The broker remembers us for ever (MQTT 5, 3.1.2.11.2): it keeps what comes while we are away."
OUTBOX = 1_000
"QoS 1 messages to the broker not yet acknowledged by it; the oldest goes first."


def _nothing_to_acknowledge(refused: bool = False) -> None:
    """QoS 0: nobody waits for a word."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the outside broker is, and who we are to it."""

    host: str
    port: int = 1883
    ssl: SSLContext | None = None
    username: str | None = None
    password: bytes | None = None
    client_id: str = "hearthlight"
    version: int = MQTT_5
    "5 for Mosquitto; 4 (MQTT 3.1.1) for NATS, which speaks no 5."


class _Call(Link):
    """One connection to the broker, from CONNECT until it breaks."""

    def __init__(self, broker: OutsideBroker) -> None:
        address = broker.address
        limits = Limits(receive_maximum=RECEIVE_MAXIMUM, write_bytes=1024 * 1024)
        parser = Parser(limit=broker.limits.packet_bytes, version=address.version)
        super().__init__(loop=broker.loop, limits=limits, parser=parser, counters=broker.counters)
        self.broker = broker
        self.accepted: asyncio.Future[bool] = broker.loop.create_future()
        self.is_subscribed = False
        self.gone: asyncio.Future[None] = broker.loop.create_future()
        self.heard_at = broker.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        address = self.broker.address
        properties: Properties = {}
        if address.version == MQTT_5:
            properties = {
                Id.SESSION_EXPIRY: SESSION_SECONDS,
                Id.RECEIVE_MAXIMUM: RECEIVE_MAXIMUM,
                Id.MAXIMUM_PACKET: self.broker.limits.packet_bytes,
            }
        who = (address.username, address.password)
        hello = Connect(address.version, address.client_id, False, KEEPALIVE_SECONDS, *who, None, properties)
        self.write(encode.connect(hello))

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        super().data_received(data)

    def take(self, packet: Packet) -> None:
        if type(packet) is Publish:
            self._published(packet)
        elif isinstance(packet, Connack):
            self._connack(packet)
        elif isinstance(packet, Granted):
            self._granted(packet)
        elif isinstance(packet, Ack):
            self._ack(packet)
        elif isinstance(packet, Disconnect):
            self.end()

    def _connack(self, packet: Connack) -> None:
        if packet.code:
            self.broker.refuse(None, Reason.BROKER_REFUSES)
            self.end()
            return
        if self.accepted.done():
            raise MqttError(Code.PROTOCOL, "CONNACK said twice")
        self.accepted.set_result(True)
        if self.broker.is_paused:
            self.hold(Hold.DOOR)
        # Asked for each time, session or not: the filters may have changed since the broker began to remember us.
        wanted = [Wanted(filter_, 1, retain_handling=1) for filter_ in self.broker.filters]
        self.write(encode.subscribe(1, wanted, self.broker.address.version))

    def _granted(self, packet: Granted) -> None:
        if packet.kind == SUBACK and any(code > 1 for code in packet.codes):
            self.broker.refuse(None, Reason.BROKER_REFUSES)
            self.end()
        else:
            self.is_subscribed = True

    def _published(self, packet: Publish) -> None:
        broker = self.broker
        self.counters.messages_in += 1
        principal = broker.principal_of(packet.topic)
        if principal is None or not principal.may_publish(packet.topic):
            broker.refuse(None if principal is None else principal.name, Reason.PUBLISH_TOPIC)
            if packet.qos:
                self._done(self.expect(packet.packet_id))
            return
        done = partial(self._done, self.expect(packet.packet_id)) if packet.qos else _nothing_to_acknowledge
        broker.deliver(
            Received(
                principal,
                packet.topic,
                packet.payload,
                packet.qos,
                packet.retain,
                packet.dup,
                broker.now(),
                done,
            )
        )

    def _done(self, slot: Slot, refused: bool = False) -> None:
        if refused:
            self.broker.refuse(None, Reason.NOT_WANTED)
        # Never a negative code: the broker would keep or drop by its own rules, and we have decided already.
        self.settle(slot, encode.ack(PUBACK, slot.packet_id))

    def _ack(self, packet: Ack) -> None:
        if packet.kind == PUBACK:
            self.broker.outbox.pop(packet.packet_id, None)
        elif packet.kind == PUBREL:
            # We subscribe at QoS 1, so this belongs to a session of before; let it end.
            self.write(encode.ack(PUBCOMP, packet.packet_id))

    def fault(self, error: MqttError) -> None:
        self.broker.refuse(None, Reason.TOO_LARGE if error.code == Code.TOO_LARGE else Reason.MALFORMED)
        self.end()

    def lost(self) -> None:
        if not self.accepted.done():
            self.accepted.set_result(False)
        if not self.gone.done():
            self.gone.set_result(None)


class OutsideBroker:
    """A client of an outside broker that acknowledges to it only what its owner calls done.

    The broker remembers our session, so what devices publish while we are down waits there and comes when we are
    back. A `done` that comes after the connection broke does nothing: the broker sends that message again.
    """

    def __init__(
        self,
        *,
        address: Address,
        filters: Sequence[str],
        principal_of: Callable[[str], Principal | None],
        deliver: Deliver,
        refused: Refused,
        now: Now,
        limits: Limits | None = None,
    ) -> None:
        self.address = address
        self.filters = list(filters)
        self.principal_of = principal_of
        self.deliver = deliver
        self.now = now
        self.limits = limits or Limits()
        self.loop = asyncio.get_running_loop()
        self.counters = Counters()
        self.outbox: dict[int, bytes] = {}
        self._tell = refused
        self._call: _Call | None = None
        self.is_paused = False
        self._latest_id = 1
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and stay connected until `close`; returns at once, also if the broker is not there yet."""
        self._task = self.loop.create_task(self._stay())

    @property
    def is_connected(self) -> bool:
        call = self._call
        return call is not None and call.is_subscribed and not call.gone.done()

    def pause(self) -> None:
        """Stop reading from the broker; it keeps what comes."""
        self.is_paused = True
        if self._call is not None:
            self._call.hold(Hold.DOOR)

    def resume(self) -> None:
        self.is_paused = False
        if self._call is not None:
            self._call.release(Hold.DOOR)

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """Send to the broker; at QoS 1 again after a broken connection, within `OUTBOX`. QoS 0 is lost then."""
        if not is_topic(topic):
            raise ValueError("not a topic that can be published to")
        packet_id = self._next_id() if qos else 0
        packet = encode.publish(
            topic=topic.encode(),
            payload=payload,
            qos=min(qos, 1),
            retain=retain,
            version=self.address.version,
            packet_id=packet_id,
        )
        if qos:
            self.outbox[packet_id] = packet
        if self._call is not None and self.is_connected and (qos or not self._call.congested):
            self.counters.messages_out += 1
            self._call.write(packet)

    def _next_id(self) -> int:
        while len(self.outbox) >= OUTBOX:
            del self.outbox[next(iter(self.outbox))]
            self.refuse(None, Reason.QUEUE_FULL)
        while True:
            # 1 is the SUBSCRIBE's own.
            self._latest_id = self._latest_id + 1 if self._latest_id < 0xFFFF else 2
            if self._latest_id not in self.outbox:
                return self._latest_id

    def refuse(self, principal_name: str | None, reason: str) -> None:
        counts = self.counters.refused
        counts[reason] = counts.get(reason, 0) + 1
        self._tell(principal_name, reason)

    def stats(self) -> Stats:
        counters = self.counters
        return Stats(
            connections=int(self.is_connected),
            connects=counters.connects,
            sessions=1,
            retained=0,
            in_flight=0 if self._call is None else self._call.in_flight,
            messages_in=counters.messages_in,
            messages_out=counters.messages_out,
            bytes_in=counters.bytes_in,
            bytes_out=counters.bytes_out,
            refused=dict(counters.refused),
        )

    async def close(self) -> None:
        """Leave; the broker keeps our session."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._call is not None:
            self._call.end(encode.disconnect(self.address.version))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._call.gone, 1)

    async def _stay(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                await self._connect()
                wait = FIRST_WAIT_SECONDS
                await self._keep_alive()
            except (OSError, TimeoutError):
                self.refuse(None, Reason.BROKER_AWAY)
            if self._call is not None:
                self._call.abort()
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _connect(self) -> None:
        address = self.address
        call = _Call(self)
        await asyncio.wait_for(
            self.loop.create_connection(lambda: call, address.host, address.port, ssl=address.ssl),
            ANSWER_SECONDS,
        )
        self._call = call
        if not await asyncio.wait_for(call.accepted, ANSWER_SECONDS):
            raise ConnectionError("the broker did not accept us")
        self.counters.connects += 1
        for packet in self.outbox.values():
            call.write(encode.with_dup(packet))

    async def _keep_alive(self) -> None:
        """Ping until the connection is gone, or the broker is silent for too long while we listen."""
        call = self._call
        while call is not None and not call.gone.done():
            call.write(encode.PING_QUESTION)
            await asyncio.wait({call.gone}, timeout=KEEPALIVE_SECONDS / 2)
            if call.is_held_by_us:
                call.heard_at = self.loop.time()
            elif self.loop.time() - call.heard_at > 1.5 * KEEPALIVE_SECONDS:
                raise TimeoutError
        raise ConnectionError("the connection to the broker broke")
