"""The only writers of what is brought in: a file is put forward, looked at, and brought in as a whole or not at all."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from hearthlight.core import audit
from hearthlight.core.text import clean_line
from hearthlight.core.types import Actor, Refusal
from hearthlight.people import actions as people_actions
from hearthlight.people.types import Viewer
from hearthlight.record import actions as record
from hearthlight.record.importing import queries, reading, residents
from hearthlight.record.importing.models import Batch
from hearthlight.record.importing.types import Kind, Report
from hearthlight.record.types import Access, Conflict, Verb, Write

WAITS = timedelta(hours=24)
"""How long a file waits for somebody to say yes. After that it is gone: it holds what nobody has decided to keep."""
LONGEST_NAME = 120


@transaction.atomic
def put_forward(  # noqa: PLR0913
    *,
    content: bytes,
    file_name: str,
    viewer: Viewer,
    by: Actor,
    at: datetime,
    person_id: int | None = None,
    place_id: int | None = None,
) -> int:
    """A file that may be brought in; returns its batch. Nothing of it is written yet. A table is for a home
    (`place_id`); any other for a person: the one chosen, else the one with the file's NHS number. Raises Refusal."""
    Batch.objects.filter(done_at__isnull=True, added_at__lt=at - WAITS).delete()
    kind = reading.kind_of(content)
    digest = hashlib.sha256(content).hexdigest()
    if kind is Kind.RESIDENTS:
        if place_id is None:
            raise Refusal("Choose the home these people live in")
        queries.check_home(viewer, place_id)
        residents.rows_of(content)
        person_id = None
    else:
        person_id, place_id = queries.person_meant(reading.entries_of(content), person_id, viewer=viewer), None
        if Batch.objects.filter(digest=digest, person_id=person_id, done_at__isnull=False).exists():
            raise Refusal("This very file has been brought in for this person already")
    name = clean_line(file_name[-LONGEST_NAME:] or "file", what="File name", longest=LONGEST_NAME)
    batch = Batch.objects.create(
        kind=kind, file_name=name, content=content, digest=digest, person_id=person_id, place_id=place_id, added_at=at, added_by=str(by)
    )
    audit.record(by=by, at=at, action="import.put forward", subject=f"batch:{batch.pk}", person_id=person_id, detail={"kind": kind.value})
    return batch.pk


@transaction.atomic
def bring_in(*, batch_id: int, viewer: Viewer, access: Access, by: Actor, at: datetime) -> Report:
    """All of it, or nothing (Refusal). `access` decides what may be written about whom."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.done_at is not None:
        raise Refusal("It has been brought in already")
    report = _admit(batch, viewer, by, at) if batch.kind == Kind.RESIDENTS else _write(batch, viewer, access, at)
    batch.report, batch.done_at, batch.done_by = report.told(), at, str(by)
    batch.save(update_fields=["report", "done_at", "done_by"])
    detail = {"kind": batch.kind, "read": report.total("read"), "written": report.total("mapped") + report.total("whole")}
    audit.record(by=by, at=at, action="import.done", subject=f"batch:{batch.pk}", person_id=batch.person_id, detail=detail)
    return report


@transaction.atomic
def drop(*, batch_id: int, by: Actor, at: datetime) -> None:
    """Not this file after all: it is not kept."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.done_at is not None:
        raise Refusal("It has been brought in already")
    audit.record(by=by, at=at, action="import.dropped", subject=f"batch:{batch.pk}", person_id=batch.person_id)
    batch.delete()


def _write(batch: Batch, viewer: Viewer, access: Access, at: datetime) -> Report:
    plan = queries.plan_of(batch, viewer)
    _check_sound(plan.report)
    refused = sorted({one["resourceType"] for one in plan.resources if not access.may(one["resourceType"], Verb.CREATE)})
    if refused:
        raise Refusal(f"You may not bring in {', '.join(refused)}")
    writes = [Write(one["resourceType"], one, one["id"], is_new=True) for one in plan.resources]
    done = record.many(writes, access=access, at=at, origin=queries.origin_of(batch.pk, batch.file_name)) if writes else []
    if any(version is None or version.id != write.id for version, write in zip(done, writes, strict=True)):
        raise Conflict("Somebody else has just taken an id of the file's: bring it in again")
    return plan.report


def _admit(batch: Batch, viewer: Viewer, by: Actor, at: datetime) -> Report:
    found, report = queries.residents_planned(batch, viewer)
    _check_sound(report)
    for one in found:
        try:
            people_actions.admit_person(**one.fields, by=by, at=at)
        except Refusal as refusal:
            raise Refusal(f"Line {one.line}: {refusal.why}. Nobody was added.") from refusal
    return report


def _check_sound(report: Report) -> None:
    if report.wrong:
        raise Refusal("Nothing was brought in: " + "; ".join(report.wrong[:3]))

