"""Says, inside the transaction that wrote it, that a fact has changed which has its place in the shared record.

Rooms below the record cannot call it, and rooms above should not each have to know how: whoever writes a fact names its
kind and id here, and the record, listening, writes the FHIR resources it amounts to in the same transaction."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from hearthlight.core.types import Actor

log = logging.getLogger(__name__)



@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of a room's facts becomes resources; a room lists its kinds in `projection.py`, `KINDS`, by name.
    `resources` gives what fact `id` amounts to now (nothing: whatever it amounted to is deleted); `ids` names every
    fact there is, for `hearthlight record rebuild`."""

    resources: Callable[[str], Sequence[dict[str, Any]]]
    ids: Callable[[], Iterable[str]]


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


def changed_in_alarm(kind: str, id: int | str, *, by: Actor, at: datetime) -> None:  # noqa: A002
    """As `changed`, for facts on which somebody's safety hangs: a fault of the record's is logged, and does not undo them.
    `hearthlight record rebuild` makes good what it left out. Storage that fails is the caller's to wait for."""
    try:
        with transaction.atomic():
            changed(kind, id, by=by, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s %s could not be written into the record", kind, id)
