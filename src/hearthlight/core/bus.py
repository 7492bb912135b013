"""Nudges between the parts of one process. A nudge only shortens a wait: losing one loses nothing."""

import threading
from collections.abc import Callable

from django.db import transaction

_listeners: list[Callable[[str], object]] = []
_lock = threading.Lock()


def listen(callback: Callable[[str], object]) -> Callable[[], None]:
    """Call `callback(topic)` on every nudge, from whatever thread nudged; returns how to stop."""
    with _lock:
        _listeners.append(callback)

    def stop() -> None:
        with _lock:
            _listeners.remove(callback)

    return stop


def nudge(topic: str) -> None:
    with _lock:
        listeners = list(_listeners)
    for callback in listeners:
        callback(topic)


def nudge_after_commit(topic: str) -> None:
    """Nudge once the surrounding transaction is durable; never if it is rolled back."""
    transaction.on_commit(lambda: nudge(topic))
