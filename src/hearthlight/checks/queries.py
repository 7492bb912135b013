"""The reads checks offers. What a person will see is scoped by the viewer: who may see the person may see their checks."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from hearthlight.checks import rules
from hearthlight.checks.models import Check, HomePolicy, PersonLimit, ScaleTwo, Usual
from hearthlight.checks.types import CheckFacts, Due, Kind, Limit, Measure, Policy, UsualFacts
from hearthlight.people import queries as people
from hearthlight.people.types import Viewer

Row = TypeVar("Row")
MANY = 200  # checks on one page at most
HEAD_WATCH = timedelta(hours=24)


def check(viewer: Viewer, person_id: int, check_id: int) -> CheckFacts:
    """One check, or Http404 where it, or the person, is not this viewer's to see."""
    people.person(viewer, person_id)
    found = _rows().filter(pk=check_id, person_id=person_id).first()
    if found is None:
        raise Http404("no such check")
    return _facts(found)


def facts_of(check_id: int) -> CheckFacts | None:
    """For the machine: one check by id, unscoped."""
    found = _rows().filter(pk=check_id).first()
    return _facts(found) if found else None


def of_person(
    viewer: Viewer, person_id: int, *, kind: Kind | None = None, since: datetime | None = None, withdrawn: bool = False, limit: int = MANY
) -> list[CheckFacts]:
    """A person's checks, the latest first; with `withdrawn`, those taken back too."""
    people.person(viewer, person_id)
    found = _rows().filter(person_id=person_id)
    found = found.filter(kind=kind) if kind else found
    found = found.filter(taken_at__gte=since) if since else found
    found = found if withdrawn else found.standing()
    return [_facts(row) for row in found[:limit]]


def latest(person_id: int, kind: Kind) -> CheckFacts | None:
    found = _rows().standing().filter(person_id=person_id, kind=kind).first()
    return _facts(found) if found else None


def latest_before(person_id: int, kind: Kind, at: datetime) -> CheckFacts | None:
    found = _rows().standing().filter(person_id=person_id, kind=kind, taken_at__lt=at).first()
    return _facts(found) if found else None


def standing(person_id: int, kind: Kind, *, since: datetime) -> list[CheckFacts]:
    """For the machine: checks of a kind since then, the latest first."""
    return [_facts(row) for row in _rows().standing().filter(person_id=person_id, kind=kind, taken_at__gte=since)]


def height_of(person_id: int) -> str | None:
    """Their height in cm as last measured with a weight."""
    weighed = Check.objects.standing().filter(person_id=person_id, kind=Kind.WEIGHT)
    return weighed.filter(readings__has_key=Measure.HEIGHT.value).values_list("readings__HEIGHT", flat=True).first()


def by_form(form_key: str) -> CheckFacts | None:
    """The check that this form already became."""
    found = _rows().filter(form_key=form_key).first()
    return _facts(found) if found else None


def ids() -> Iterable[str]:
    """Every check there is, for rebuilding the record."""
    return map(str, Check.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000))


def _rows() -> Any:
    return Check.objects.select_related("corrected_by")


def _facts(row: Check) -> CheckFacts:
    corrected = getattr(row, "corrected_by", None)
    return CheckFacts(
        id=row.pk, person_id=row.person_id, kind=Kind(row.kind), taken_at=row.taken_at, recorded_by=row.recorded_by,
        readings=row.readings, result=row.result, total=row.total, note=row.note, due_at=row.due_at,
        recorded_at=row.recorded_at, withdrawn_at=row.withdrawn_at, withdrawn_by=row.withdrawn_by,
        withdrawn_why=row.withdrawn_why, corrects_id=row.corrects_id,
        level=row.level, corrected_by_id=corrected.pk if corrected else None, alert_id=row.alert_id,
    )  # fmt: skip


# Usual, limits, policy


def usual_of(person_id: int) -> UsualFacts:
    """This person's normal as it stands."""
    row = Usual.objects.filter(person_id=person_id).first()
    limits = PersonLimit.objects.filter(person_id=person_id, ended_at__isnull=True)
    return UsualFacts(
        total=row.total if row else None, agreed_with=row.agreed_with if row else "",
        limits={Measure(one.measure): Limit(one.low, one.high) for one in limits},
        scale=2 if scale_two(person_id) else 1,
    )  # fmt: skip


def usual_row(person_id: int) -> Usual | None:
    return Usual.objects.filter(person_id=person_id).first()


def limit_rows(person_id: int) -> list[PersonLimit]:
    return list(PersonLimit.objects.filter(person_id=person_id, ended_at__isnull=True))


def scale_two(person_id: int) -> ScaleTwo | None:
    return ScaleTwo.objects.filter(person_id=person_id, ended_at__isnull=True).first()


def policy_for(path: str) -> Policy:
    """The policy of the nearest place above; our own starting point where none was set."""
    row = policy_row(path)
    return rules.policy_from(row.policy) if row else rules.DEFAULT


def policy_row(path: str) -> HomePolicy | None:
    return _nearest({row.place_id: row for row in HomePolicy.objects.filter(place_id__in=_ids(path))}, path)


def _nearest(rows: dict[int, Row], path: str) -> Row | None:
    return next((rows[place_id] for place_id in reversed(_ids(path)) if place_id in rows), None)


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]


# Due


def due(viewer: Viewer, at: datetime, *, soon: timedelta = timedelta()) -> list[Due]:
    """Checks due by `at` + `soon` among the people this viewer may see, the longest overdue first. Never done counts
    where the home's policy has a routine for it."""
    persons = people.persons(viewer)
    newest = _newest([facts.id for facts in persons])
    policies = {row.place_id: rules.policy_from(row.policy) for row in HomePolicy.objects.all()}
    found = [
        one
        for facts in persons
        for one in _due(facts.id, newest, _nearest(policies, facts.place_path) or rules.DEFAULT, at)
        if one.due_at is None or one.due_at <= at + soon
    ]
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or at, one.person_id))


def due_of(person_id: int, path: str, at: datetime) -> list[Due]:
    """When this person's next checks are due, the soonest first and what was never done last."""
    found = _due(person_id, _newest([person_id]), policy_for(path), at)
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or at))


def _due(person_id: int, newest: dict[tuple[int, Kind], Check], policy: Policy, at: datetime) -> list[Due]:
    """One line a kind: the sooner of what the latest check asked for and what a fall asks for."""
    found: dict[Kind, Due] = {}
    for kind in {*policy.routine_days, Kind.VITALS}:
        row = newest.get((person_id, kind))
        if row is None and policy.routine_days.get(kind):
            found[kind] = Due(person_id, kind, None, "never done")
        elif row is not None and row.due_at is not None:
            found[kind] = Due(person_id, kind, row.due_at, _why(row, policy))
    watched = _head_watch(person_id, newest.get((person_id, Kind.POST_FALL)), policy, at)
    before = found.get(Kind.VITALS)
    if watched and (before is None or before.due_at is None or watched < before.due_at):
        found[Kind.VITALS] = Due(person_id, Kind.VITALS, watched, "after a fall")
    return list(found.values())


def _newest(person_ids: Iterable[int]) -> dict[tuple[int, Kind], Check]:
    """Each person's latest standing check of each kind, in one question."""
    same: QuerySet[Check] = Check.objects.standing().filter(person_id=OuterRef("person_id"), kind=OuterRef("kind"))
    newest = same.order_by("-taken_at", "-pk").values("pk")[:1]
    rows = Check.objects.standing().filter(person_id__in=list(person_ids), pk=Subquery(newest))
    return {(row.person_id, Kind(row.kind)): row for row in rows}


def _why(row: Check, policy: Policy) -> str:
    return policy.levels[row.level - 1].name.lower() if 0 < row.level <= len(policy.levels) else "routine"


def _head_watch(person_id: int, fall: Check | None, policy: Policy, at: datetime) -> datetime | None:
    if fall is None or not fall.result.get("watch") or fall.taken_at < at - HEAD_WATCH:
        return None
    since = Check.objects.standing().filter(person_id=person_id, kind=Kind.VITALS, taken_at__gt=fall.taken_at)
    return rules.watch_due(fall.taken_at, policy.head_watch, since.values_list("taken_at", flat=True))


def zone_of(path: str) -> ZoneInfo:
    return people.timezone_of(path)
