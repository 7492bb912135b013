"""How often an address may knock, and how often it may guess a password."""

from __future__ import annotations

from dataclasses import dataclass, field

from hearthlight.sensors.mqtt.types import Limits

REMEMBERED = 10_000
"Addresses kept in mind at once; the longest quiet is forgotten first. About 2 MB."


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class Buckets:
    """One token bucket per key: `burst` at once, then `per_second` more."""

    burst: int
    per_second: float
    _held: dict[str, _Bucket] = field(default_factory=dict)

    def left(self, key: str, at: float) -> float:
        bucket = self._held.get(key)
        if bucket is None:
            return self.burst
        return min(self.burst, bucket.left + (at - bucket.at) * self.per_second)

    def spend(self, key: str, at: float) -> bool:
        """Take one; False, taking none, when there is none."""
        left = self.left(key, at)
        self._held.pop(key, None)
        if len(self._held) >= REMEMBERED:
            self._held.pop(next(iter(self._held)))
        may = left >= 1
        self._held[key] = _Bucket(left - may, at)
        return may


class Throttle:
    """`at` is seconds on the door's own count."""

    def __init__(self, limits: Limits) -> None:
        self._connects = Buckets(limits.connect_burst, limits.connects_per_second)
        self._wrong = Buckets(limits.wrong_passwords, 1 / limits.wrong_password_seconds)

    def may_try(self, address: str, username: str, at: float) -> bool:
        # By address and name together: one device with an old password must not lock out the home behind the same
        # gateway. Guessing many names from one address meets the first bucket.
        return self._wrong.left(f"{address} {username[:64]}", at) >= 1 and self._connects.spend(address, at)

    def wrong_password(self, address: str, username: str, at: float) -> None:
        self._wrong.spend(f"{address} {username[:64]}", at)
