"""The embedded MQTT broker."""

from __future__ import annotations

from collections.abc import Sequence

from hearthlight.sensors.mqtt.types import Authenticate, Deliver, Limits, Listener, Now, Refused, Stats


class Door:
    """An MQTT 3.1.1 and 5 broker on our loop that acknowledges only what its owner calls done."""

    def __init__(
        self, *, authenticate: Authenticate, deliver: Deliver, refused: Refused, now: Now, limits: Limits | None = None
    ) -> None:
        raise NotImplementedError

    async def open(self, listeners: Sequence[Listener]) -> None:
        """Start listening."""

    @property
    def ports(self) -> list[int]:
        """The port of each listener, in the order given."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stop reading from every client (the store is behind); nothing is dropped."""

    def resume(self) -> None:
        """Read again."""

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """Send from the server to every subscriber; not delivered to the owner."""

    def expel(self, principal_name: str) -> int:
        """Disconnect a principal whose credentials were withdrawn and forget its sessions; returns how many."""
        raise NotImplementedError

    def stats(self) -> Stats:
        raise NotImplementedError

    async def close(self) -> None:
        """Stop listening, say goodbye and close every socket; no wills are published."""
