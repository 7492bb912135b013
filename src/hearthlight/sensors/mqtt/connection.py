"""One client's visit to the door: what it says, and what we answer."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.codec import Parser
from hearthlight.sensors.mqtt.link import Hold, Link, Slot
from hearthlight.sensors.mqtt.packets import (
    MQTT_5,
    PINGREQ,
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    SUBACK,
    UNSUBACK,
    Ack,
    Connect,
    Disconnect,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
    Wanted,
)
from hearthlight.sensors.mqtt.routing import Message, Subscription
from hearthlight.sensors.mqtt.session import Incoming, Session
from hearthlight.sensors.mqtt.topics import LEVELS, is_filter
from hearthlight.sensors.mqtt.types import Done, Limits, Principal, Reason, Received
from hearthlight.sensors.mqtt.wire import Code, Id, MqttError, Properties

if TYPE_CHECKING:
    from hearthlight.sensors.mqtt.door import Door

REPLAY_STEPS = 200
"Retained topics looked at per turn while a newcomer is told what is so; about 0.3 ms."
SHARED_PREFIX = "$share/"
GRANTED_QOS = 1
"The best we send at; a QoS 2 subscription is granted 1, as MQTT allows."

_REASONS = {Code.TOO_LARGE: Reason.TOO_LARGE, Code.VERSION: Reason.VERSION, Code.PROTOCOL: Reason.PROTOCOL}


def nothing_to_acknowledge(refused: bool = False) -> None:
    """QoS 0 and wills: nobody waits for a word."""


class Connection(Link):
    """From TCP accept to the last byte. It may do nothing until its CONNECT was accepted."""

    def __init__(self, door: Door, limits: Limits) -> None:
        parser = Parser(limit=limits.connect_bytes)
        super().__init__(loop=door.loop, limits=limits, parser=parser, counters=door.counters)
        self.door = door
        self.address = ""
        self.session: Session | None = None
        self.version = 0
        self.opened_tick = self.heard_tick = door.tick
        self.keepalive_ticks: float = 0
        self.leaves_politely = False
        self._asking: asyncio.Task[None] | None = None
        self._replays: deque[tuple[Iterator[str | None], Subscription[Session]]] = deque()
        self._replaying = False
        self._credit = float(limits.messages_per_second or 0)
        self._credit_tick = door.tick
        self._answers: dict[type, Callable[..., None]] = {
            Connect: self._connect_again,
            Ack: self._ack,
            Subscribe: self._subscribe,
            Unsubscribe: self._unsubscribe,
            Ping: self._ping,
            Disconnect: self._disconnect,
        }

    # Coming and going

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else "local"
        super().connection_made(transport)
        self.door.arrived(self)

    def data_received(self, data: bytes) -> None:
        self.heard_tick = self.door.tick
        super().data_received(data)

    def lost(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._replays.clear()
        self.door.left(self)

    def fault(self, error: MqttError) -> None:
        self.door.refuse(self.name, _REASONS.get(error.code, Reason.MALFORMED))
        if self.session is not None:
            self.close(error.code)
        elif error.code == Code.VERSION:
            self.end(encode.connack(4, Code.VERSION))
        else:
            # A stranger who speaks no MQTT is told nothing.
            self.end()

    def close(self, code: Code) -> None:
        """End it; MQTT 5 has words for why, 3.1.1 only the silence."""
        self.end(encode.disconnect(self.version, code) if self.version == MQTT_5 else b"")

    @property
    def name(self) -> str | None:
        return None if self.session is None else self.session.principal.name

    def take(self, packet: Packet) -> None:
        if type(packet) is Publish:
            self._published(packet)
            return
        if self.session is None:
            # The parser lets only a CONNECT through before this.
            self._connect(cast(Connect, packet))
            return
        answer = self._answers.get(type(packet))
        if answer is None:
            raise MqttError(Code.PROTOCOL, "a packet only servers send")
        answer(packet)

    # CONNECT

    def _connect(self, packet: Connect) -> None:
        self.hold(Hold.AUTH)
        self.version = packet.version
        if Id.AUTH_METHOD in packet.properties:
            self.refuse_connect(Code.AUTH_METHOD, Reason.STRANGER)
            return
        assigned = ""
        if not packet.client_id:
            if packet.version != MQTT_5 and not packet.clean_start:
                self.refuse_connect(Code.CLIENT_ID, Reason.PROTOCOL)
                return
            assigned = packet.client_id = f"hearthlight-{secrets.token_hex(8)}"
        if not self.door.may_try(self.address, packet.username or packet.client_id):
            self.refuse_connect(Code.CONNECT_RATE, Reason.CONNECT_RATE)
            return
        answer = self.door.authenticate(packet.client_id, packet.username, packet.password)
        if isinstance(answer, Awaitable):
            self._asking = self.loop.create_task(self._ask(answer, packet, assigned))
            self._asking.add_done_callback(self._asked)
        else:
            self._accept(answer, packet, assigned)

    async def _ask(self, answer: Awaitable[Principal | None], packet: Connect, assigned: str) -> None:
        self._accept(await answer, packet, assigned)

    def _asked(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # Our fault, not the client's: it may try again, and the error is shown where the loop shows errors.
            self.refuse_connect(Code.UNAVAILABLE, Reason.BROKEN)
            self.loop.call_exception_handler(
                {"message": "authentication failed to answer", "exception": error}
            )

    def refuse_connect(self, code: Code, reason: str) -> None:
        self.door.refuse(None, reason)
        self.end(encode.connack(self.version, code))

    def _accept(self, principal: Principal | None, packet: Connect, assigned: str) -> None:
        if self.ended:
            return
        if principal is None:
            self.door.wrong_password(self.address, packet.username or packet.client_id)
            self.refuse_connect(Code.NOT_AUTHORISED, Reason.STRANGER)
            return
        session, was_there = self.door.admit(self, principal, packet)
        if session is None:
            self.refuse_connect(Code.QUOTA, Reason.TOO_MANY_SESSIONS)
            return
        self.session = session
        self.parser.limit = self.limits.packet_bytes
        self.keepalive_ticks = packet.keepalive * 1.5 * self.door.ticks_per_second
        offer = self._offer(assigned, session) if self.version == MQTT_5 else None
        self.write(encode.connack(self.version, Code.SUCCESS, session_present=was_there, properties=offer))
        session.resend()
        self.release(Hold.AUTH)

    def _offer(self, assigned: str, session: Session) -> Properties:
        offer: Properties = {
            Id.SESSION_EXPIRY: session.lasts_seconds,
            Id.RECEIVE_MAXIMUM: self.limits.receive_maximum,
            Id.MAXIMUM_PACKET: self.limits.packet_bytes,
            Id.SUBSCRIPTION_ID_AVAILABLE: 0,
            Id.SHARED_AVAILABLE: 0,
        }
        if assigned:
            offer[Id.ASSIGNED_CLIENT_ID] = assigned
        return offer

    def _connect_again(self, _packet: Connect) -> None:
        raise MqttError(Code.PROTOCOL, "CONNECT said twice")

    # PUBLISH

    def _published(self, packet: Publish) -> None:
        session = cast(Session, self.session)
        door = self.door
        self.counters.messages_in += 1
        if self.limits.messages_per_second is not None:
            self._spend()
        topic, qos = packet.topic, packet.qos
        principal = session.principal
        if topic[0] == "$" or topic.count("/") >= LEVELS or not principal.may_publish(topic):
            door.refuse(principal.name, Reason.PUBLISH_TOPIC)
            if qos:
                kind = PUBACK if qos == 1 else PUBREC
                slot = self.expect(packet.packet_id)
                self.settle(slot, encode.ack(kind, packet.packet_id, Code.NOT_AUTHORISED, self.version))
            return
        if qos == 0:
            done: Done = nothing_to_acknowledge
        elif qos == 1:
            done = partial(self._done, self.expect(packet.packet_id))
        else:
            incoming = self._second_time(session, packet.packet_id)
            if incoming is None:
                return
            done = partial(self._done_exactly_once, session, incoming)
        door.deliver(
            Received(principal, topic, packet.payload, qos, packet.retain, packet.dup, door.now(), done)
        )
        door.route(packet, session)

    def _spend(self) -> None:
        """Count one message; a client beyond its rate is not read until it has credit again, and loses nothing."""
        self._credit -= 1
        if self._credit > 0:
            return
        rate = self.limits.messages_per_second or 0
        earned = (self.door.tick - self._credit_tick) * rate / self.door.ticks_per_second
        self._credit = min(self._credit + earned, float(rate))
        self._credit_tick = self.door.tick
        if self._credit <= 0:
            self.hold(Hold.RATE)
            self.door.slowed.add(self)

    def _done(self, slot: Slot, refused: bool = False) -> None:
        if refused:
            self.door.refuse(self.name, Reason.NOT_WANTED)
        code = Code.NOT_AUTHORISED if refused else Code.SUCCESS
        self.settle(slot, encode.ack(PUBACK, slot.packet_id, code, self.version))

    def _second_time(self, session: Session, packet_id: int) -> Incoming | None:
        """A new QoS 2 message, or None for one we have had: that is answered again, and not delivered again."""
        incoming = session.incoming.get(packet_id)
        if incoming is None:
            incoming = session.incoming[packet_id] = Incoming(self.expect(packet_id), self)
            return incoming
        if incoming.link is not self:
            incoming.link, incoming.slot = self, self.expect(packet_id)
            if incoming.is_settled:
                self.settle(incoming.slot, encode.ack(PUBREC, packet_id))
        elif incoming.is_settled:
            self.write(encode.ack(PUBREC, packet_id))
        return None

    def _done_exactly_once(self, session: Session, incoming: Incoming, refused: bool = False) -> None:
        packet_id = incoming.slot.packet_id
        if incoming.is_settled or session.incoming.get(packet_id) is not incoming:
            return
        incoming.is_settled = True
        link = incoming.link
        code = Code.SUCCESS
        if refused:
            self.door.refuse(session.principal.name, Reason.NOT_WANTED)
            if link.version == MQTT_5:
                # A PUBREC that says no is the end of it: MQTT 5, 4.3.3.
                code = Code.NOT_AUTHORISED
                del session.incoming[packet_id]
        link.settle(incoming.slot, encode.ack(PUBREC, packet_id, code, link.version))

    def _ack(self, packet: Ack) -> None:
        session = cast(Session, self.session)
        if packet.kind == PUBACK:
            session.acknowledged(packet.packet_id)
            self._go_on()
        elif packet.kind == PUBREL:
            incoming = session.incoming.pop(packet.packet_id, None)
            if incoming is not None and not incoming.is_settled:
                raise MqttError(Code.PROTOCOL, "PUBREL before PUBREC")
            code = Code.SUCCESS if incoming is not None else Code.NO_SUCH_PACKET
            self.write(encode.ack(PUBCOMP, packet.packet_id, code, self.version))
        else:
            raise MqttError(Code.PROTOCOL, "we send nothing at QoS 2")

    # SUBSCRIBE

    def _subscribe(self, packet: Subscribe) -> None:
        if packet.has_identifier:
            raise MqttError(Code.NO_IDENTIFIERS, "subscription identifiers were not offered")
        replays: list[Subscription[Session]] = []
        codes = bytes(self._subscribe_to(line, replays) for line in packet.wanted)
        self.write(encode.granted(SUBACK, packet.packet_id, codes, self.version))
        for subscription in replays:
            self._replays.append((self.door.retained.matching(subscription.filter), subscription))
        self._go_on()

    def _subscribe_to(self, line: Wanted, replays: list[Subscription[Session]]) -> int:
        session = cast(Session, self.session)
        if not is_filter(line.filter):
            return Code.FILTER_INVALID
        if line.filter.startswith(SHARED_PREFIX):
            return Code.NO_SHARING
        before = session.subscriptions.get(line.filter)
        if before is None and len(session.subscriptions) >= self.limits.subscriptions:
            return Code.QUOTA
        if not session.principal.may_subscribe(line.filter):
            self.door.refuse(session.principal.name, Reason.SUBSCRIBE_TOPIC)
            return Code.NOT_AUTHORISED
        qos = min(line.qos, GRANTED_QOS)
        subscription = Subscription(session, line.filter, qos, line.no_local, line.as_published)
        session.subscriptions[line.filter] = subscription
        self.door.audience.add(subscription)
        if line.retain_handling == 0 or (line.retain_handling == 1 and before is None):
            replays.append(subscription)
        return qos

    def _unsubscribe(self, packet: Unsubscribe) -> None:
        session = cast(Session, self.session)
        codes = bytearray()
        for filter_ in packet.filters:
            subscription = session.subscriptions.pop(filter_, None)
            if subscription is not None:
                self.door.audience.drop(subscription)
            codes.append(Code.SUCCESS if subscription is not None else Code.NO_SUBSCRIPTION)
        self.write(encode.unsubscribed(UNSUBACK, packet.packet_id, bytes(codes), self.version))

    def _replay(self) -> None:
        """Tell the newcomer what is retained, a little at a time and only as fast as it reads."""
        session = cast(Session, self.session)
        self._replaying = False
        steps = REPLAY_STEPS
        while self._replays and steps and not (self.congested or self.ended or session.is_behind):
            topics, subscription = self._replays[0]
            steps -= 1
            try:
                topic = next(topics)
            except StopIteration:
                self._replays.popleft()
                continue
            message = self.door.retained.get(topic) if topic is not None else None
            if message is not None:
                self._send_retained(message, subscription)
        if not steps and self._replays:
            self._replaying = True
            self.loop.call_soon(self._replay)

    def _send_retained(self, message: Message, subscription: Subscription[Session]) -> None:
        if message.expires_tick is None or message.expires_tick > self.door.tick:
            subscription.session.send(message, min(message.qos, subscription.qos), retain=True)

    def drained(self) -> None:
        if self.session is not None and not self.ended:
            self.session.pump()
            self._go_on()

    def _go_on(self) -> None:
        if self._replays and not self._replaying:
            self._replay()

    # The rest

    def _ping(self, packet: Ping) -> None:
        if packet.kind != PINGREQ:
            raise MqttError(Code.PROTOCOL, "clients do not answer pings")
        self.write(encode.PING_ANSWER)

    def _disconnect(self, packet: Disconnect) -> None:
        session = cast(Session, self.session)
        expiry = packet.properties.get(Id.SESSION_EXPIRY)
        if isinstance(expiry, int):
            if expiry and not session.lasts_seconds:
                raise MqttError(Code.PROTOCOL, "session was to end with its connection")
            session.lasts_seconds = min(expiry, self.limits.session_seconds)
        self.leaves_politely = packet.code != Code.DISCONNECT_WITH_WILL
        self.end()
