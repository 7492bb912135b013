"""A Mosquitto or NATS outside, behind the same contract as the embedded door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext

from hearthlight.sensors.mqtt.types import Deliver, Now, Principal, Refused, Stats


@dataclass(frozen=True, slots=True)
class Address:
    """Where the outside broker is, and who we are to it."""

    host: str
    port: int = 1883
    ssl: SSLContext | None = None
    username: str | None = None
    password: bytes | None = None
    client_id: str = "hearthlight"
    version: int = 5
    "5 for Mosquitto; 4 (MQTT 3.1.1) for NATS, which speaks no 5."


class OutsideBroker:
    """A client of an outside broker that acknowledges to it only what its owner calls done."""

    def __init__(
        self,
        *,
        address: Address,
        filters: list[str],
        principal_of: Callable[[str], Principal | None],
        deliver: Deliver,
        refused: Refused,
        now: Now,
    ) -> None:
        raise NotImplementedError

    async def open(self) -> None:
        """Connect, and stay connected until `close`; returns at once if the broker is not there yet."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None: ...

    def stats(self) -> Stats:
        raise NotImplementedError

    async def close(self) -> None: ...
