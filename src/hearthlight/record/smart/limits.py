"""How often one address may ask at the token door, and how often it may be wrong. In memory: a restart forgives."""

import threading
from collections import deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
MOST_ASKED = 300  # a minute from one address: a hospital's gateway asks for many
MOST_WRONG = 20  # a minute from one address; 256-bit secrets are not guessed, but noise costs us a database
MOST_KNOWN = 10_000  # addresses; beyond it the oldest are forgotten


class Limit:
    """At most `most` in any minute, for each key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def is_reached(self, key: str, at: datetime) -> bool:
        with self._lock:
            return len(self._recent(key, at)) >= self._most

    def count(self, key: str, at: datetime) -> None:
        with self._lock:
            seen = self._recent(key, at)
            seen.append(at)
            self._seen[key] = seen
            if len(self._seen) > MOST_KNOWN:
                self._seen.pop(next(iter(self._seen)))

    def _recent(self, key: str, at: datetime) -> deque[datetime]:
        seen = self._seen.pop(key, None) or deque(maxlen=self._most)
        while seen and not timedelta() <= at - seen[0] < MINUTE:
            seen.popleft()
        if seen:
            self._seen[key] = seen
        return seen


ASKED, WRONG = Limit(MOST_ASKED), Limit(MOST_WRONG)
