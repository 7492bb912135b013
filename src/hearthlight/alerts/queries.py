"""The reads alerts offers. Every read for a screen is scoped by its viewer."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, reduce
from operator import or_

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from hearthlight.alerts import rules
from hearthlight.alerts.models import OPEN, Alert, AlertMove, Asked
from hearthlight.alerts.types import AlertFacts, MoveFacts, Severity, State
from hearthlight.core.prepared import Given, Read
from hearthlight.events.types import EventKind
from hearthlight.people import queries as people
from hearthlight.people.types import Viewer

JOINED = ("person", "place", "owner")
NAMES = ("person__given_name", "person__preferred_name", "place__name", "owner__name")
SIGHTED = ("event__sighting", "event__device_id", "event__sureness")
OWN = [field.attname for field in Alert._meta.concrete_fields]
PAGE = 200  # alerts a list shows at most


def visible_to(viewer: Viewer | None) -> QuerySet[Alert]:
    """Alerts in the viewer's places, those they were asked to answer while open, and those they answered themselves."""
    if viewer is None or not viewer.scopes:
        return Alert.objects.none()
    in_their_places = reduce(or_, (Q(path__startswith=path) for path in sorted({s.path for s in viewer.scopes})))
    asked = Asked.objects.filter(staff_id=viewer.staff_id).values("alert_id")
    return Alert.objects.filter(in_their_places | Q(state__in=OPEN, pk__in=asked) | Q(owner_id=viewer.staff_id))


def is_asked(viewer: Viewer, alert_id: int) -> bool:
    return Asked.objects.filter(staff_id=viewer.staff_id, alert_id=alert_id).exists()


def open_alerts(viewer: Viewer | None) -> list[AlertFacts]:
    """Gravest first, then the one that has waited longest."""
    found = listed(visible_to(viewer).filter(state__in=OPEN).order_by("raised_at", "id"))
    return sorted(found, key=lambda facts: -rules.RANK[facts.severity])


def alert(viewer: Viewer | None, alert_id: int) -> AlertFacts:
    """One alert with its evidence; 404 for anyone who may not see it."""
    row = _named(visible_to(viewer).filter(pk=alert_id), "event__evidence").first()
    if row is None:
        raise Http404("No such alert.")
    return facts_of(row, repeats=row.repeat_count, evidence=row.event.evidence)  # type: ignore[attr-defined]


def of_person(viewer: Viewer | None, person_id: int, *, limit: int = PAGE) -> list[AlertFacts]:
    return listed(visible_to(viewer).filter(person_id=person_id).order_by("-raised_at", "-id")[:limit])


def repeats_of(viewer: Viewer | None, alert_id: int) -> list[AlertFacts]:
    """The alerts merged into this one, oldest first."""
    return listed(visible_to(viewer).filter(merged_into_id=alert_id).order_by("id")[:PAGE])


def can_become(alert: AlertFacts, state: State) -> bool:
    """Whether the alert's life allows it; whether a viewer may is for permissions."""
    return rules.can_move(alert.state, state)


def moves(alert_id: int) -> list[MoveFacts]:
    """An alert's history, oldest first. The caller has already been allowed to see the alert."""
    rows = list(AlertMove.objects.filter(alert_id=alert_id).order_by("id"))
    staff_ids = {int(row.by[6:]) for row in rows if row.by.startswith("staff:")}
    known = people.staff_facts(staff_ids) if staff_ids else {}
    names = {f"staff:{key}": facts.name for key, facts in known.items()}
    return [
        MoveFacts(row.from_state, State(row.to_state), row.at, row.by, names.get(row.by, "Hearthlight"), row.why)
        for row in rows
    ]


def facts(alert_id: int) -> AlertFacts:
    """One alert for another part of the system (no viewer, no evidence)."""
    return listed(Alert.objects.filter(pk=alert_id))[0]


def row(alert_id: int) -> Alert:
    """One alert as a row with its names, for whoever is about to move it."""
    return _named_rows(ids=[alert_id])[0]


def many(alert_ids: Sequence[int]) -> dict[int, AlertFacts]:
    """Several alerts for another part of the system (no viewer, nothing of their events)."""
    return {row.pk: facts_of(row) for row in _named_rows(ids=alert_ids)} if alert_ids else {}


def unstarted(limit: int = 50) -> list[AlertFacts]:
    """Open alerts that no response plan has taken up yet, oldest first; bare, for this is asked at every step."""
    return [facts_of(row) for row in _unstarted(limit)()]


def attended_since(at: datetime) -> list[tuple[int, int | None, datetime]]:
    """(place, person, moment) of every alert somebody came to after `at`: the long-lie clock need not ring for it."""
    rows = _attended_since(at=at)
    return [(place_id, person_id, moment) for place_id, person_id, moment in rows if moment is not None]


def unstarted_since(at: datetime) -> list[tuple[int, datetime]]:
    """(id, raised at) of alerts that no plan has taken up although they were raised before `at`."""
    rows = Alert.objects.filter(state__in=OPEN, started_at=None, raised_at__lt=at).order_by("id")
    return list(rows.values_list("pk", "raised_at"))


def raised_between(viewer: Viewer | None, since: datetime, until: datetime) -> list[AlertFacts]:
    """Everything raised in a span, repeats included, for the alert budget and the history."""
    return listed(visible_to(viewer).filter(raised_at__gte=since, raised_at__lt=until).order_by("raised_at", "id"))


def listed(rows: QuerySet[Alert]) -> list[AlertFacts]:
    return [facts_of(row, repeats=row.repeat_count) for row in _named(rows)]  # type: ignore[attr-defined]


def _named(rows: QuerySet[Alert], *more: str) -> QuerySet[Alert]:
    """With names, what its event saw, and how many repeats have joined it."""
    repeats = Alert.objects.filter(merged_into=OuterRef("pk")).order_by().values("merged_into")
    counted = rows.annotate(repeat_count=Coalesce(Subquery(repeats.annotate(n=Count("pk")).values("n")), 0))
    return counted.select_related(*JOINED, "event").only(*OWN, *NAMES, *SIGHTED, *more)


def with_names(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Joined to the names a headline needs, and to no more of them: a person's row holds their photo."""
    return rows.select_related(*JOINED).only(*OWN, *NAMES)


_named_rows = Read(lambda: with_names(Alert.objects.filter(pk__in=[Given("ids")])))
_attended_since = Read(
    lambda: Alert.objects.filter(attended_at__gt=Given("at"))
    .order_by("attended_at")
    .values_list("place_id", "person_id", "attended_at")
)


@cache
def _unstarted(limit: int) -> Read[Alert]:
    return Read(lambda: with_names(Alert.objects.filter(state__in=OPEN, started_at=None)).order_by("id")[:limit])


def facts_of(row: Alert, *, repeats: int = 0, evidence: dict[str, object] | None = None) -> AlertFacts:
    event = row.event if Alert.event.is_cached(row) else None  # type: ignore[attr-defined]
    person_name = row.person.shown_name if row.person else ""
    kind = EventKind(row.kind)
    return AlertFacts(
        id=row.pk, kind=kind, severity=Severity(row.severity), state=State(row.state),
        headline=rules.headline(kind, person=person_name, place=row.place.name),
        person_id=row.person_id, place_id=row.place_id, place_path=row.path, place_name=row.place.name,
        person_name=person_name, began_at=row.began_at, raised_at=row.raised_at, owner_id=row.owner_id,
        owner_name=row.owner.name if row.owner else "", repeats=repeats, sighting=event.sighting if event else {},
        evidence=evidence or {}, event_id=row.event_id, device_id=event.device_id if event else "", sureness=event.sureness if event else 0.0,
        accepted_at=row.accepted_at, attended_at=row.attended_at, closed_at=row.closed_at, up_at=row.up_at,
        truth=row.truth, found=row.found, found_note=row.found_note, people_told=tuple(row.people_told),
        merged_into=row.merged_into_id, discreet=rules.discreet(kind, place=row.place.name),
    )  # fmt: skip
