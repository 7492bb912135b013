"""Says, inside the transaction that wrote it, that a fact has changed which has its place in the shared record.

Rooms below the record cannot call it, and rooms above should not each have to know how: whoever writes a fact names its
kind and id here, and the record, listening, writes the FHIR resources it amounts to in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from hearthlight.core.types import Actor

Listener = Callable[[str, str, Actor, datetime], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """`listener(kind, id, by, at)` runs in the writer's transaction: what it raises undoes the fact as well."""
    if listener not in _listeners:
        _listeners.append(listener)


def changed(kind: str, id: int | str, *, by: Actor, at: datetime) -> None:  # noqa: A002 — the field's own word
    """Call after writing the fact, inside its transaction. Kinds are found in the rooms' `projection.py`."""
    for listener in _listeners:
        listener(kind, str(id), by, at)
