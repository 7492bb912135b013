"""The reads the events room offers."""

from collections.abc import Sequence
from datetime import datetime

from hearthlight.events.models import Event, Watch
from hearthlight.events.types import EventFacts, EventKind
from hearthlight.people.types import Viewer


def unclaimed(limit: int = 100) -> Sequence[EventFacts]:
    """The oldest events no alert has been made of yet."""
    rows = Event.objects.filter(claimed_at__isnull=True).select_related("place").order_by("id")[:limit]
    return [_facts(row) for row in rows]


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
