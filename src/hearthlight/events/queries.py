"""The reads the events room offers."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from hearthlight.core.prepared import Given, Read
from hearthlight.events.models import Event, Watch
from hearthlight.events.types import EventFacts, EventKind
from hearthlight.people.types import Viewer


def unclaimed(limit: int = 100) -> Sequence[EventFacts]:
    """The oldest events no alert has been made of yet."""
    return [_facts(row) for row in _unclaimed(limit)()]


def is_known(keys: Sequence[str]) -> bool:
    """Is there an event with any of these keys?"""
    return bool(_with_keys(keys=keys))


def event(event_id: int) -> EventFacts:
    return _facts(Event.objects.select_related("place").get(pk=event_id))


def of_person(viewer: Viewer, person_id: int, since: datetime) -> Sequence[EventFacts]:
    """A person's events since then, newest first; none where the viewer may not see the place they were in."""
    rows = Event.objects.filter(person_id=person_id, began_at__gte=since).select_related("place").order_by("-began_at")
    return [_facts(row) for row in rows if viewer.covers(row.place.path)]


def watches() -> dict[int, dict[str, tuple[bool, dict[str, object]]]]:
    """Every room's detector settings that differ from the defaults: place id → detector → (is on, settings)."""
    found: dict[int, dict[str, tuple[bool, dict[str, object]]]] = {}
    for row in Watch.objects.all():
        found.setdefault(row.place_id, {})[row.detector] = (row.is_on, row.settings)
    return found


@cache
def _unclaimed(limit: int) -> Read[Event]:
    return Read(lambda: Event.objects.filter(claimed_at__isnull=True).select_related("place").order_by("id")[:limit])


_with_keys = Read(lambda: Event.objects.filter(key__in=[Given("keys")]).values_list("pk", flat=True)[:1])


def _facts(row: Event) -> EventFacts:
    return EventFacts(
        id=row.pk,
        kind=EventKind(row.kind),
        person_id=row.person_id,
        place_id=row.place_id,
        place_path=row.place.path,
        device_id=row.device_id,
        began_at=row.began_at,
        noticed_at=row.noticed_at,
        sureness=row.sureness,
        sighting=row.sighting,
        evidence=row.evidence,
    )
