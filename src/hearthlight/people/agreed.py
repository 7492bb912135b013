"""Reads of what people agreed to, and of who is in their circle. Offered in `queries`."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F
from django.http import Http404

from hearthlight.people import rules
from hearthlight.people.models import CircleMember, Consent, Person
from hearthlight.people.types import ConsentFacts, PersonFacts, Purpose, ReviewDue, Viewer, Watched


def consents_in_force(at: datetime) -> list[ConsentFacts]:
    """Every consent the gate may rely on at `at`. None expires by itself: decision 0003."""
    found = Consent.objects.in_force(at).annotate(place_path=F("place__path"))
    return [
        ConsentFacts(
            id=row.pk, person_id=row.person_id, purpose=Purpose(row.purpose), place_path=row.place_path or "",
            from_minute=row.from_minute, until_minute=row.until_minute, given_at=row.given_at, expires_at=None,
        )
        for row in found
    ]  # fmt: skip


def watched(persons: Iterable[PersonFacts], at: datetime) -> dict[int, Watched]:
    """What may be sensed of each of these people at home: one question for a whole board."""
    paths = {facts.id: facts.place_path for facts in persons}
    found = Consent.objects.in_force(at).filter(person_id__in=paths)
    told = found.values_list("person_id", "purpose", "place__path", "from_minute", "until_minute", "person__place__timezone")
    now: dict[int, set[Purpose]] = defaultdict(set)
    ever: dict[int, set[Purpose]] = defaultdict(set)
    for person_id, purpose, path, from_minute, until_minute, zone in told:
        if not paths[person_id].startswith(path or ""):
            continue
        ever[person_id].add(Purpose(purpose))
        if rules.hours_cover(from_minute, until_minute, rules.minute_of_day(at, ZoneInfo(zone))):
            now[person_id].add(Purpose(purpose))
    return {person_id: Watched(frozenset(now[person_id]), frozenset(ever[person_id])) for person_id in paths}


def consents(viewer: Viewer, person_id: int) -> list[Consent]:
    """All of a person's consents, newest first, withdrawn ones too."""
    found = Consent.objects.visible_to(viewer).filter(person_id=person_id)
    return list(found.select_related("place").order_by(F("withdrawn_at").desc(nulls_first=True), "purpose", "-given_at"))


def consent(viewer: Viewer, person_id: int, consent_id: int) -> Consent:
    found = Consent.objects.visible_to(viewer).filter(pk=consent_id, person_id=person_id).select_related("place").first()
    if found is None:
        raise Http404("no such consent")
    return found


def reviews_due(viewer: Viewer, at: datetime) -> list[ReviewDue]:
    """Consents in force past their review date, the longest overdue first."""
    found = Consent.objects.visible_to(viewer).in_force(at).select_related("person__place")
    due = []
    for row in found.filter(review_on__lte=at.date()).order_by("review_on", "pk"):
        today = at.astimezone(ZoneInfo(row.person.place.timezone)).date()
        if row.review_on < today:
            due.append(ReviewDue(row.pk, row.person_id, Purpose(row.purpose), row.review_on, (today - row.review_on).days))
    return due


def circle(viewer: Viewer, person_id: int) -> list[CircleMember]:
    """Who may be told about, or see, this person."""
    seen = Person.objects.visible_to(viewer).filter(pk=person_id)
    found = CircleMember.objects.filter(person__in=seen.values("pk")).select_related("staff")
    return list(found.order_by("-may_be_told", "relationship", "pk"))


def circle_member(viewer: Viewer, person_id: int, member_id: int) -> CircleMember:
    for member in circle(viewer, person_id):
        if member.pk == member_id:
            return member
    raise Http404("not in the circle")
