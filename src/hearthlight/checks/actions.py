"""The only writers of checks. Each is one transaction with its audit entry (ids and codes, never values), a change for
the live pages, and the word to the record that a fact has changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from hearthlight.checks import early_warning, queries, rules
from hearthlight.checks import readings as readings_
from hearthlight.checks.models import Check, HomePolicy, PersonLimit, ScaleTwo, Usual
from hearthlight.checks.results import result_of
from hearthlight.checks.types import CheckFacts, Kind, Measure, Policy, Readings
from hearthlight.core import audit, changes, facts
from hearthlight.core.text import clean_line, clean_note
from hearthlight.core.types import Actor, Refusal
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts

PER_PERSON_USUAL = range(21)  # NEWS2 goes from 0 to 20


@transaction.atomic
def record_check(  # noqa: PLR0913 — one check, one call
    *,
    person_id: int,
    kind: Kind,
    readings: Readings,
    taken_at: datetime,
    form_key: str,
    by: Actor,
    at: datetime,
    note: str = "",
    alert_id: int | None = None,
    origin: str = "",
) -> int:
    """What was observed of a person; returns the check's id. Sent twice with the same `form_key`, it is one check and
    the first stands."""
    already = queries.by_form(form_key)
    if already is not None:
        return _same(already, person_id, kind)
    rules.check_taken_at(taken_at, at)
    check = _write(
        person_id=person_id, kind=kind, readings=readings, taken_at=min(taken_at, at), form_key=form_key, by=by, at=at, note=note,
        alert_id=alert_id, origin=origin,
    )  # fmt: skip
    _changed("check recorded", check, by=by, at=at)
    return int(check.pk)


def _same(already: CheckFacts, person_id: int, kind: Kind) -> int:
    if (already.person_id, already.kind) != (person_id, kind):
        raise Refusal("This form was already used for another check: open a new one")
    return already.id


def _write(*, person_id: int, kind: Kind, readings: Readings, taken_at: datetime, by: Actor, at: datetime, note: str, **more: Any) -> Check:
    kept = readings_.clean(kind, readings)
    worked_out = result_of(people.person_facts(person_id), kind, kept, taken_at=taken_at)
    try:
        with transaction.atomic():
            return Check.objects.create(
                person_id=person_id, kind=kind, readings=kept, taken_at=taken_at, recorded_at=at, recorded_by=str(by),
                note=clean_note(note, what="The note", may_be_empty=True), result=worked_out.result, total=worked_out.total,
                level=worked_out.level, due_at=worked_out.due_at, **more,
            )  # fmt: skip
    except IntegrityError as clash:  # the same form, sent by two tabs at once
        raise Refusal("This check has just been recorded") from clash


@transaction.atomic
def correct_check(
    *, check_id: int, readings: Readings, taken_at: datetime, why: str, form_key: str, by: Actor, at: datetime, note: str = ""
) -> int:
    """Another check in the place of a wrong one, which stays to be seen with the reason; returns the new one's id."""
    already = queries.by_form(form_key)
    if already is not None:
        return already.id
    wrong = _withdraw(check_id, why=why, by=by, at=at)
    if taken_at != wrong.taken_at:  # as it was, it may be older than a day by now
        rules.check_taken_at(taken_at, at)
    check = _write(
        person_id=wrong.person_id, kind=Kind(wrong.kind), readings=readings, taken_at=min(taken_at, at), form_key=form_key, by=by, at=at,
        note=note, alert_id=wrong.alert_id, origin="", corrects=wrong,
    )  # fmt: skip
    _changed("check corrected", wrong, by=by, at=at, new=check.pk)
    facts.changed("check", check.pk, by=by, at=at)
    return int(check.pk)


@transaction.atomic
def withdraw_check(*, check_id: int, why: str, by: Actor, at: datetime) -> None:
    """Entered in error: the check no longer counts, and stays to be seen with the reason."""
    _changed("check withdrawn", _withdraw(check_id, why=why, by=by, at=at), by=by, at=at)


def _withdraw(check_id: int, *, why: str, by: Actor, at: datetime) -> Check:
    standing = Check.objects.standing().filter(pk=check_id)
    reason = clean_note(why, what="Why", longest=300)
    if standing.update(withdrawn_at=at, withdrawn_by=str(by), withdrawn_why=reason) != 1:
        raise Refusal("This check has already been corrected or taken back")
    return Check.objects.get(pk=check_id)


def _changed(action: str, check: Check, *, by: Actor, at: datetime, **detail: Any) -> None:
    subject = f"check:{check.pk}"
    path = people.person_facts(check.person_id).place_path
    audit.record(
        by=by, at=at, action=action, subject=subject, person_id=check.person_id, detail={"kind": check.kind, **detail}
    )
    changes.publish(kind="check", path=path, subject=subject, at=at, data={"person_id": check.person_id})
    facts.changed("check", check.pk, by=by, at=at)


def note_read(*, person_id: int, by: Actor, at: datetime, part: str = "checks") -> None:
    """Someone has looked at a person's checks."""
    with transaction.atomic():
        audit.record(
            by=by, at=at, action="read", subject=f"person:{person_id}", person_id=person_id, detail={"part": part}
        )


def note_list_read(*, person_ids: Sequence[int], by: Actor, at: datetime) -> None:
    with transaction.atomic():
        audit.record(by=by, at=at, action="listed", subject="checks:due", detail={"persons": list(person_ids)})


# Usual


@transaction.atomic
def set_usual(
    *, person_id: int, total: int | None, by: Actor, at: datetime, agreed_with: str = "", note: str = ""
) -> None:
    """What this person's NEWS2 usually is. From 5 on only with the clinician who agreed to it."""
    if total is not None and total not in PER_PERSON_USUAL:
        raise Refusal("NEWS2 goes from 0 to 20")
    clinician = clean_line(agreed_with, what="Who agreed it", may_be_empty=True)
    if total is not None and total >= early_warning.URGENT and not clinician:
        raise Refusal("A usual of 5 or more needs the name of the clinician who agreed it")
    Usual.objects.create(
        person_id=person_id, total=total, agreed_with=clinician, set_at=at, set_by=str(by),
        note=clean_note(note, what="The note", longest=1000, may_be_empty=True),
    )  # fmt: skip
    _person_changed("usual set", person_id, by=by, at=at)


@transaction.atomic
def set_limit(
    *, person_id: int, measure: Measure, low: Decimal | None, high: Decimal | None, agreed_with: str, by: Actor, at: datetime
) -> None:
    """What is acceptable for this person in one measure; both None: no limit of their own any more."""
    ended = PersonLimit.objects.filter(person_id=person_id, measure=measure, ended_at__isnull=True)
    ended.update(ended_at=at, ended_by=str(by))
    if low is not None or high is not None:
        for end in (low, high):
            if end is not None:
                rules.checked(measure, end)
        if low is not None and high is not None and low >= high:
            raise Refusal("The lower limit must be below the upper one")
        PersonLimit.objects.create(
            person_id=person_id, measure=measure, low=low, high=high, set_at=at, set_by=str(by),
            agreed_with=clean_line(agreed_with, what="Who agreed it"),
        )  # fmt: skip
    _person_changed("limit set", person_id, by=by, at=at, measure=measure.value)


@transaction.atomic
def decide_scale_two(
    *, person_id: int, decided_by: str, decided_on: date, evidence: str, by: Actor, at: datetime
) -> None:
    """Write down a clinician's decision that NEWS2's oxygen scale 2 is this person's."""
    facts_ = people.person_facts(person_id)
    if decided_on > at.astimezone(queries.zone_of(facts_.place_path)).date():
        raise Refusal("The decision must have been made already")
    if ScaleTwo.objects.filter(person_id=person_id, ended_at__isnull=True).exists():
        raise Refusal("Scale 2 is already recorded for them")
    ScaleTwo.objects.create(
        person_id=person_id, decided_by=clean_line(decided_by, what="Who decided"), decided_on=decided_on,
        evidence=clean_note(evidence, what="Where it is written", longest=1000), set_at=at, set_by=str(by),
    )  # fmt: skip
    _person_changed("scale two decided", person_id, by=by, at=at)


@transaction.atomic
def end_scale_two(*, person_id: int, by: Actor, at: datetime) -> None:
    standing = ScaleTwo.objects.filter(person_id=person_id, ended_at__isnull=True)
    if standing.update(ended_at=at, ended_by=str(by)) != 1:
        raise Refusal("Scale 2 is not recorded for them")
    _person_changed("scale two ended", person_id, by=by, at=at)


def _person_changed(action: str, person_id: int, *, by: Actor, at: datetime, **detail: Any) -> PersonFacts:
    person = people.person_facts(person_id)
    subject = f"person:{person_id}"
    audit.record(by=by, at=at, action=action, subject=subject, person_id=person_id, detail=detail)
    changes.publish(kind="check", path=person.place_path, subject=subject, at=at)
    facts.changed("usual", person_id, by=by, at=at)
    return person


# Policy


@transaction.atomic
def set_policy(*, place_id: int, policy: Policy, agreed_with: str, by: Actor, at: datetime) -> None:
    """From the next check on; what was shown with checks already made stays as it was."""
    rules.check_policy(policy)
    HomePolicy.objects.update_or_create(
        place_id=place_id,
        defaults={
            "policy": rules.kept_policy(policy), "set_at": at, "set_by": str(by),
            "agreed_with": clean_line(agreed_with, what="Who it was agreed with"),
        },
    )  # fmt: skip
    _policy_changed("check policy set", place_id, by=by, at=at, detail={"policy": rules.kept_policy(policy)})


@transaction.atomic
def clear_policy(*, place_id: int, by: Actor, at: datetime) -> None:
    """Back to the policy of the place above, or to our starting point."""
    if HomePolicy.objects.filter(place_id=place_id).delete()[0]:
        _policy_changed("check policy cleared", place_id, by=by, at=at, detail={})


def _policy_changed(action: str, place_id: int, *, by: Actor, at: datetime, detail: Mapping[str, Any]) -> None:
    path = people.place_facts(place_id).path
    audit.record(by=by, at=at, action=action, subject=f"place:{place_id}", detail=dict(detail))
    changes.publish(kind="check", path=path, subject=f"place:{place_id}", at=at)
