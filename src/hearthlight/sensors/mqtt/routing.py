"""Who gets a message, and what a newcomer is told: subscriptions and retained messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hearthlight.sensors.mqtt.encode import publish
from hearthlight.sensors.mqtt.topics import Tree, matches

CACHED_TOPICS = 10_000
"Topics whose subscribers are remembered; a home of 500 devices uses about 2,000."
CACHED_TOPIC_CHARACTERS = 256
"Longer topics are looked up each time, so that the cache stays within a few megabytes."
RETAINED_OVERHEAD_BYTES = 200
"Roughly what one retained message costs beside its topic and payload."


@dataclass(slots=True, eq=False)
class Message:
    """One message on its way to subscribers, written at most once per protocol version."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    forward: bytes = b""
    expires_tick: int | None = None
    _written: dict[tuple[int, bool], bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.topic) + len(self.payload)

    def unacknowledged(self, version: int, retain: bool) -> bytes:
        """The QoS 0 packet."""
        packet = self._written.get((version, retain))
        if packet is None:
            packet = self._written[version, retain] = self.write(version=version, retain=retain)
        return packet

    def write(
        self, *, version: int, retain: bool, qos: int = 0, packet_id: int = 0, left: int | None = None
    ) -> bytes:
        """`left` is how many seconds the message still has (MQTT 5 message expiry)."""
        properties = self.forward if left is None else b"\x02" + left.to_bytes(4, "big") + self.forward
        return publish(
            topic=self.topic.encode(),
            payload=self.payload,
            qos=qos,
            retain=retain,
            version=version,
            properties=properties,
            packet_id=packet_id,
        )


class Subscriber(Protocol):
    """Someone who may hold subscriptions."""


S = TypeVar("S", bound=Subscriber)


@dataclass(slots=True, eq=False)
class Subscription(Generic[S]):
    session: S
    filter: str
    qos: int
    no_local: bool = False
    as_published: bool = False


class Audience(Generic[S]):
    """The subscriptions of everybody; each session hears a message once, at the best QoS it asked for."""

    def __init__(self) -> None:
        self._tree: Tree[Subscription[S]] = Tree()
        self._found: dict[str, tuple[Subscription[S], ...]] = {}

    def add(self, subscription: Subscription[S]) -> None:
        self._tree.put(subscription.filter, subscription.session, subscription)
        self._found.clear()

    def drop(self, subscription: Subscription[S]) -> None:
        self._tree.drop(subscription.filter, subscription.session)
        self._found.clear()

    def of(self, topic: str) -> tuple[Subscription[S], ...]:
        found = self._found.get(topic)
        if found is None:
            found = self._find(topic)
            if len(self._found) >= CACHED_TOPICS:
                self._found.clear()
            if len(topic) <= CACHED_TOPIC_CHARACTERS:
                self._found[topic] = found
        return found

    def _find(self, topic: str) -> tuple[Subscription[S], ...]:
        best: dict[int, Subscription[S]] = {}
        for subscription in self._tree.find(topic):
            other = best.get(id(subscription.session))
            if other is None or other.qos < subscription.qos:
                best[id(subscription.session)] = subscription
        return tuple(best.values())


class Retained:
    """The latest retained message of each topic, in memory, within bounds."""

    def __init__(self, *, messages: int, bytes_: int) -> None:
        self._messages = messages
        self._bytes = bytes_
        self._held_bytes = 0
        self._latest: dict[str, Message] = {}

    def __len__(self) -> int:
        return len(self._latest)

    def keep(self, message: Message) -> bool:
        """False when there is no room; an empty payload forgets the topic (MQTT 5, 3.3.1.3)."""
        before = self._latest.pop(message.topic, None)
        if before is not None:
            self._held_bytes -= before.size + RETAINED_OVERHEAD_BYTES
        if not message.payload:
            return True
        size = message.size + RETAINED_OVERHEAD_BYTES
        if len(self._latest) >= self._messages or self._held_bytes + size > self._bytes:
            return False
        self._latest[message.topic] = message
        self._held_bytes += size
        return True

    def get(self, topic: str) -> Message | None:
        return self._latest.get(topic)

    def matching(self, filter_: str) -> Iterator[str | None]:
        """Topics a filter covers, and None for each step without one, so that the caller can pause in between."""
        if "+" not in filter_ and "#" not in filter_:
            yield filter_
            return
        for topic in list(self._latest):
            yield topic if matches(filter_, topic) else None
