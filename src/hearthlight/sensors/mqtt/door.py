"""The embedded MQTT broker: who is here, who gets what, and when somebody is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hearthlight.sensors.mqtt.connection import Connection, nothing_to_acknowledge
from hearthlight.sensors.mqtt.link import Counters, Hold
from hearthlight.sensors.mqtt.packets import MQTT_5, Connect, Publish, Will
from hearthlight.sensors.mqtt.routing import Audience, Message, Retained
from hearthlight.sensors.mqtt.session import Session
from hearthlight.sensors.mqtt.throttle import Throttle
from hearthlight.sensors.mqtt.topics import is_topic
from hearthlight.sensors.mqtt.types import (
    Authenticate,
    Deliver,
    Limits,
    Listener,
    Now,
    Principal,
    Reason,
    Received,
    Refused,
    Stats,
)
from hearthlight.sensors.mqtt.wire import Code, Id

TICKS_PER_SECOND = 4
"The door counts its own time: timeouts to a quarter second, and no clock that can jump."
BACKLOG = 1_024
"Connections the system holds while we are busy: a whole home comes back at once after a power cut."
CLOSE_SECONDS = 5
"A goodbye not read after this long is cut short."


class Door:
    """An MQTT 3.1.1 and 5 broker on our loop that acknowledges only what its owner calls done.

    Everything here runs on the loop's thread, `done` included. Sessions and retained messages live in memory: after a
    restart devices send again what was not acknowledged, and clients subscribe again.
    """

    ticks_per_second = TICKS_PER_SECOND

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        deliver: Deliver,
        refused: Refused,
        now: Now,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.authenticate = authenticate
        self.deliver = deliver
        self.now = now
        self.loop = asyncio.get_running_loop()
        self.counters = Counters()
        self.audience: Audience[Session] = Audience()
        self.retained = Retained(messages=self.limits.retained_messages, bytes_=self.limits.retained_bytes)
        self.slowed: set[Connection] = set()
        self.tick = 0
        self._tell = refused
        self._links: dict[Connection, None] = {}
        self._ended: dict[Connection, int] = {}
        self._sessions: dict[tuple[str, str], Session] = {}
        self._away: dict[Session, None] = {}
        self._throttle = Throttle(self.limits)
        self._servers: list[asyncio.Server] = []
        self._is_paused = False
        self._timer: asyncio.TimerHandle | None = None

    # For the owner

    async def open(self, listeners: Sequence[Listener]) -> None:
        """Start listening, or listen to more; if any of them cannot be had, the door is closed and OSError says why."""
        try:
            for listener in listeners:
                self._servers.append(
                    await self.loop.create_server(
                        lambda: Connection(self, self.limits),
                        listener.host,
                        listener.port,
                        ssl=listener.ssl,
                        backlog=BACKLOG,
                        reuse_address=True,
                    )
                )
        except OSError:
            await self.close()
            raise
        if self._timer is None:
            self._timer = self.loop.call_later(1 / TICKS_PER_SECOND, self._tick)

    @property
    def ports(self) -> list[int]:
        """The port of each listener, in the order given."""
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    def pause(self) -> None:
        """Stop reading from every client (the store is behind); nothing is dropped, TCP makes them wait."""
        self._is_paused = True
        for link in self._links:
            link.hold(Hold.DOOR)

    def resume(self) -> None:
        self._is_paused = False
        for link in list(self._links):
            link.release(Hold.DOOR)

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """Send from the server to every subscriber; not delivered to the owner, who said it."""
        if not is_topic(topic):
            raise ValueError("not a topic that can be published to")
        self._spread(Message(topic, payload, qos, retain), None)

    def expel(self, principal_name: str) -> int:
        """Disconnect a principal whose credentials were withdrawn and forget its sessions; returns how many."""
        theirs = [session for session in self._sessions.values() if session.principal.name == principal_name]
        for session in theirs:
            session.will = None
            session.lasts_seconds = 0
            if session.connection is not None:
                session.connection.close(Code.EXPELLED)
            self._forget(session)
        return len(theirs)

    def stats(self) -> Stats:
        counters = self.counters
        return Stats(
            connections=len(self._links),
            connects=counters.connects,
            sessions=len(self._sessions),
            retained=len(self.retained),
            in_flight=sum(link.in_flight for link in self._links),
            messages_in=counters.messages_in,
            messages_out=counters.messages_out,
            bytes_in=counters.bytes_in,
            bytes_out=counters.bytes_out,
            refused=dict(counters.refused),
        )

    async def close(self) -> None:
        """Stop listening, say goodbye and close every socket; no wills are published, for nobody died."""
        if self._timer is not None:
            self._timer.cancel()
        for server in self._servers:
            server.close()
        for session in self._sessions.values():
            session.will = None
        for link in list(self._links):
            link.close(Code.SHUTTING_DOWN)
        for _ in range(CLOSE_SECONDS * 100):
            if not self._links:
                break
            await asyncio.sleep(0.01)
        for link in list(self._links):
            link.abort()
        await asyncio.sleep(0)

    # For connections

    def refuse(self, principal_name: str | None, reason: str) -> None:
        counts = self.counters.refused
        counts[reason] = counts.get(reason, 0) + 1
        self._tell(principal_name, reason)

    def may_try(self, address: str, username: str) -> bool:
        return self._throttle.may_try(address, username, self.tick / TICKS_PER_SECOND)

    def wrong_password(self, address: str, username: str) -> None:
        self._throttle.wrong_password(address, username, self.tick / TICKS_PER_SECOND)

    def ticks_after(self, seconds: float) -> int:
        return self.tick + int(seconds * TICKS_PER_SECOND)

    def seconds_until(self, tick: int) -> int:
        return max(0, -((self.tick - tick) // TICKS_PER_SECOND))

    def arrived(self, link: Connection) -> None:
        self._links[link] = None
        if len(self._links) > self.limits.connections:
            self.refuse(None, Reason.TOO_MANY)
            link.abort()
        elif self._is_paused:
            link.hold(Hold.DOOR)

    def admit(self, link: Connection, principal: Principal, packet: Connect) -> tuple[Session | None, bool]:
        """The client's session, and whether it was there before; None when there is no room for another."""
        key = (principal.name, packet.client_id)
        session = self._sessions.get(key)
        if session is not None and session.connection is not None:
            session.connection.close(Code.TAKEN_OVER)
            self._depart(session.connection)
        if session is not None and (packet.clean_start or key not in self._sessions):
            self._forget(session)
            session = None
        was_there = session is not None
        if session is None:
            if len(self._sessions) >= self.limits.sessions:
                return None, False
            session = Session(door=self, principal=principal, client_id=packet.client_id, limits=self.limits)
            self._sessions[key] = session
        self._seat(session, link, principal, packet)
        self.counters.connects += 1
        return session, was_there

    def _seat(self, session: Session, link: Connection, principal: Principal, packet: Connect) -> None:
        session.connection = link
        session.principal = principal
        session.version = packet.version
        session.lasts_seconds = self._lasting(packet)
        session.window = min(
            self.limits.inflight, _number(packet, Id.RECEIVE_MAXIMUM) or self.limits.inflight
        )
        session.largest_packet = _number(packet, Id.MAXIMUM_PACKET)
        session.will = self._allowed_will(principal, packet.will)
        session.will_tick = session.forget_tick = None
        self._away.pop(session, None)

    def _lasting(self, packet: Connect) -> int:
        if packet.version == MQTT_5:
            return min(_number(packet, Id.SESSION_EXPIRY) or 0, self.limits.session_seconds)
        return 0 if packet.clean_start else self.limits.session_seconds

    def _allowed_will(self, principal: Principal, will: Will | None) -> Will | None:
        if will is None or (
            is_topic(will.topic) and will.topic[0] != "$" and principal.may_publish(will.topic)
        ):
            return will
        # The will is refused and the client let in: a device with a wrong will must still be able to report a fall.
        self.refuse(principal.name, Reason.WILL_TOPIC)
        return None

    def left(self, link: Connection) -> None:
        """A socket is gone."""
        self._links.pop(link, None)
        self._ended.pop(link, None)
        self.slowed.discard(link)
        self._depart(link)

    def _depart(self, link: Connection) -> None:
        session = link.session
        if session is None or session.connection is not link:
            return
        session.connection = None
        if link.leaves_politely:
            session.will = None
        elif session.will is not None:
            session.will_tick = self.ticks_after(min(session.will.delay_seconds, session.lasts_seconds))
        session.forget_tick = self.ticks_after(session.lasts_seconds)
        self._away[session] = None
        self._look_after(session)

    def _look_after(self, session: Session) -> None:
        """What is due for a client that is away: its will, and being forgotten."""
        if session.will is not None and session.will_tick is not None and session.will_tick <= self.tick:
            will, session.will = session.will, None
            self._execute(session.principal, will)
        if session.forget_tick is not None and session.forget_tick <= self.tick:
            self._forget(session)

    def _execute(self, principal: Principal, will: Will) -> None:
        if not principal.may_publish(will.topic):
            self.refuse(principal.name, Reason.WILL_TOPIC)
            return
        done = nothing_to_acknowledge
        message = Received(
            principal, will.topic, will.payload, will.qos, will.retain, False, self.now(), done
        )
        self.deliver(message)
        expires = None if will.expiry_seconds is None else self.ticks_after(will.expiry_seconds)
        self._spread(Message(will.topic, will.payload, will.qos, will.retain, will.forward, expires), None)

    def _forget(self, session: Session) -> None:
        will, session.will = session.will, None
        if will is not None and session.connection is None:
            self._execute(session.principal, will)
        for subscription in session.subscriptions.values():
            self.audience.drop(subscription)
        session.subscriptions.clear()
        self._away.pop(session, None)
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]

    def route(self, packet: Publish, source: Session) -> None:
        """Hand a client's message to everybody who wants it."""
        if not packet.retain and not self.audience.of(packet.topic):
            return
        expires = None if packet.expiry_seconds is None else self.ticks_after(packet.expiry_seconds)
        message = Message(packet.topic, packet.payload, packet.qos, packet.retain, packet.forward, expires)
        self._spread(message, source)

    def _spread(self, message: Message, source: Session | None) -> None:
        if message.retain and not self.retained.keep(message):
            self.refuse(None if source is None else source.principal.name, Reason.RETAINED_FULL)
        for subscription in self.audience.of(message.topic):
            session = subscription.session
            if subscription.no_local and session is source:
                continue
            qos = min(subscription.qos, message.qos)
            session.send(message, qos, message.retain and subscription.as_published)

    # Time

    def _tick(self) -> None:
        self.tick += 1
        self._timer = self.loop.call_later(1 / TICKS_PER_SECOND, self._tick)
        slowed, self.slowed = self.slowed, set()
        for link in slowed:
            link.release(Hold.RATE)
        if self.tick % TICKS_PER_SECOND == 0:
            self._second()

    def _second(self) -> None:
        for link in list(self._links):
            self._check(link)
        for session in list(self._away):
            self._look_after(session)

    def _check(self, link: Connection) -> None:
        """End whoever is silent; not those whom we ourselves are not reading."""
        if link.ended:
            if self.tick - self._ended.setdefault(link, self.tick) > CLOSE_SECONDS * TICKS_PER_SECOND:
                link.abort()
        elif link.is_held_by_us:
            link.heard_tick = link.opened_tick = self.tick
        elif link.session is None:
            if self.tick - link.opened_tick > self.limits.connect_seconds * TICKS_PER_SECOND:
                self.refuse(None, Reason.CONNECT_TIMEOUT)
                link.end()
        elif link.keepalive_ticks and self.tick - link.heard_tick > link.keepalive_ticks:
            self.refuse(link.name, Reason.KEEPALIVE)
            link.close(Code.KEEPALIVE)


def _number(packet: Connect, key: Id) -> int | None:
    value = packet.properties.get(key)
    return value if isinstance(value, int) else None
