"""What the MQTT door and the outside broker hand to their owner, and what they ask of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Protocol


class Principal(Protocol):
    """Whoever stands behind one set of credentials: a device, a bridge, a Home Assistant."""

    @property
    def name(self) -> str: ...

    def may_publish(self, topic: str, /) -> bool:
        """Asked for every message, so that a withdrawn right counts at once; must be quick."""

    def may_subscribe(self, filter: str, /) -> bool:
        """Asked once per subscription, with the filter as the client wrote it."""


class Done(Protocol):
    """The owner's word about one message, given once, on the loop's own thread."""

    def __call__(self, refused: bool = False) -> None: ...


@dataclass(slots=True)
class Received:
    """One message a principal was allowed to publish.

    `done()` acknowledges it to its sender, so it is called only after the message is durable. `done(refused=True)`
    says "not authorised" where the protocol has words for it (MQTT 5), and is a plain acknowledgement where it has
    not. A QoS 0 message has nobody waiting; its `done` does nothing. A message whose `done` is never called is never
    acknowledged, and its sender sends it again.
    """

    principal: Principal
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    arrived_at: float
    done: Done


Authenticate = Callable[[str, "str | None", "bytes | None"], "Principal | None | Awaitable[Principal | None]"]
"""(client id, username, password) -> who that is, or None for a stranger. May be async: hashes are slow."""

Deliver = Callable[[Received], None]
"""Takes one message; runs on the loop, so it only puts it somewhere."""

Refused = Callable[["str | None", str], None]
"""(principal name or None, reason): counts and logs a refusal. Reasons are the fixed words in `Reason`."""

Now = Callable[[], float]
"""Seconds since 1970, from `hearthlight.core.clock`."""


class Reason:
    """Why something was refused or dropped: fixed words, safe to log."""

    MALFORMED = "malformed"
    PROTOCOL = "protocol"
    TOO_LARGE = "too-large"
    VERSION = "version"
    STRANGER = "stranger"
    BROKEN = "authentication-broken"
    CONNECT_RATE = "connect-rate"
    CONNECT_TIMEOUT = "connect-timeout"
    TOO_MANY = "too-many-connections"
    TOO_MANY_SESSIONS = "too-many-sessions"
    KEEPALIVE = "keepalive"
    PUBLISH_TOPIC = "publish-topic"
    SUBSCRIBE_TOPIC = "subscribe-topic"
    WILL_TOPIC = "will-topic"
    NOT_WANTED = "refused-by-owner"
    SLOW_CONSUMER = "slow-consumer"
    QUEUE_FULL = "queue-full"
    RETAINED_FULL = "retained-full"
    BROKER_AWAY = "outside-broker-away"
    BROKER_REFUSES = "outside-broker-refuses"


@dataclass(frozen=True, slots=True)
class Listener:
    """One address the door listens on. Port 0 lets the system choose (see `Door.ports`)."""

    host: str = "127.0.0.1"
    port: int = 1883
    ssl: SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the door. The defaults carry a home of 500 devices with room to spare."""

    packet_bytes: int = 256 * 1024
    "A wearable's minute at 50 Hz is 18 kB; zigbee2mqtt's list of devices, the largest lawful message, ~100 kB."
    connect_bytes: int = 16 * 1024
    "What a stranger may make us hold before we know who it is."
    connections: int = 5_000
    connect_seconds: int = 10
    "From TCP accept to an accepted CONNECT."
    connects_per_second: int = 50
    "Per address, refilled each second, up to `connect_burst`: a whole home behind one gateway comes back at once."
    connect_burst: int = 2_000
    wrong_passwords: int = 10
    "Per address and username, then one more each `wrong_password_seconds`; further tries are not even hashed."
    wrong_password_seconds: int = 10
    receive_maximum: int = 1_024
    "Messages of one client we have not acknowledged; at the limit we stop reading that client."
    messages_per_second: int | None = 10_000
    "Per client; half of what the door carries, so one flood leaves room. None: no limit. Slows down, never drops."
    inflight: int = 256
    "QoS 1 messages sent to one client and not yet acknowledged by it."
    queue_messages: int = 1_000
    "QoS 1 messages kept for a client that is away or slow; the oldest goes first."
    queue_bytes: int = 1024 * 1024
    write_bytes: int = 256 * 1024
    "Unsent bytes at which a client counts as slow: QoS 0 to it is dropped, QoS 1 queued, and we stop reading it."
    sessions: int = 10_000
    session_seconds: int = 7 * 24 * 3600
    "How long a client that asked to be remembered is remembered while away."
    subscriptions: int = 200
    "Per client: Home Assistant uses about 30."
    retained_messages: int = 20_000
    retained_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stats:
    """A snapshot of counters since the start, and of what is held now."""

    connections: int
    connects: int
    sessions: int
    retained: int
    in_flight: int
    messages_in: int
    messages_out: int
    bytes_in: int
    bytes_out: int
    refused: Mapping[str, int] = field(default_factory=dict)
