"""Makes the files of exports, on a thread of its own (`step`), and forgets them when they are old."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from hearthlight.core.types import Actor
from hearthlight.fhir.search import parse
from hearthlight.record import looks, queries
from hearthlight.record.api.door import pairs_of
from hearthlight.record.api.models import Export
from hearthlight.record.api.reading import look
from hearthlight.record.api.states import ExportState
from hearthlight.record.types import Access, Section, Version

KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=5)  # renewed with every page: an export whose maker died is begun again after it
PAGE = 500
LONGEST_FILE = 10_000  # resources: some 20 MB
OPEN = (ExportState.WAITING, ExportState.RUNNING)


def step(at: datetime) -> bool:
    """Make one export, or forget one; False when there is nothing to do."""
    due = Export.objects.filter(state__in=OPEN, again_at__lte=at).order_by("again_at").first()
    if due is None:
        return _forget(at)
    claimed = Export.objects.filter(pk=due.pk, state=due.state, again_at=due.again_at)
    if claimed.update(state=ExportState.RUNNING, again_at=at + LEASE, made=[]) != 1:
        return True
    due.made = []
    try:
        _make(due, at)
    except Cancelled:
        remove(due.key)
    except Exception:
        Export.objects.filter(pk=due.pk).update(state=ExportState.FAILED, finished_at=at)
        remove(due.key)
        raise
    return True


def path(key: str, number: int) -> Path:
    return _folder(key) / f"{number}.ndjson"


def remove(key: str) -> None:
    shutil.rmtree(_folder(key), ignore_errors=True)


def _folder(key: str) -> Path:
    return Path(settings.HOME) / "exports" / key


def _forget(at: datetime) -> bool:
    old = Export.objects.filter(~Q(state__in=OPEN), finished_at__lt=at - KEPT).first()
    if old is None:
        return False
    remove(old.key)
    old.delete()
    return True


def _make(export: Export, at: datetime) -> None:
    folder = _folder(export.key)
    remove(export.key)
    folder.mkdir(parents=True, mode=0o700)
    for type_ in export.types:
        lines, seen = [], []
        for version in _of_type(export, type_):
            lines.append(version.body)
            seen.append(version)
            if len(lines) == LONGEST_FILE:
                _write(export, type_, lines)
                lines = []
        if lines:
            _write(export, type_, lines)
        _note(export, type_, seen, at)
    Export.objects.filter(pk=export.pk).update(state=ExportState.DONE, finished_at=at, made=export.made)


def _write(export: Export, type_: str, lines: list[bytes]) -> None:
    number = len(export.made) + 1
    path(export.key, number).write_bytes(b"\n".join(lines) + b"\n")
    export.made.append({"type": type_, "count": len(lines)})
    if Export.objects.filter(pk=export.pk).update(made=export.made, again_at=export.again_at + LEASE) != 1:
        raise Cancelled


class Cancelled(Exception):
    """The client took its question back."""


def _note(export: Export, type_: str, seen: list[Version], at: datetime) -> None:
    """One entry for each type, with everybody whose record left the house."""
    if seen:
        with transaction.atomic():
            looks.note([look(_access(export), f"{type_}?$export", seen, at, action=looks.EXPORTED)])


def _access(export: Export) -> Access:
    """The rights that the client had when it asked: it asked for what it may see."""
    kind, _, id_ = export.by.partition(":")
    people = None if export.people is None else frozenset(export.people)
    return Access(
        by=Actor(kind, id_), people=people, may=lambda type_, _: type_ in export.types,
        sections=frozenset(Section(one) for one in export.sections), app=export.app,
    )  # fmt: skip


def _of_type(export: Export, type_: str) -> Iterator[Version]:
    """Everything of a type that is asked for, once, however many filters find it."""
    seen: set[str] = set()
    for query in export.types[type_] or [""]:
        for version in _found(export, type_, query):
            if version.id not in seen and (version.patients or not export.only_people):
                seen.add(version.id)
                yield version


def _found(export: Export, type_: str, query: str) -> Iterator[Version]:
    pairs = pairs_of(query)
    if export.since:
        pairs.append(("_lastUpdated", f"ge{export.since}"))
    asked, cursor, access = parse.parse((type_,), pairs, is_strict=True), "", _access(export)
    while True:
        page = queries.search(replace(asked, count=PAGE, cursor=cursor), access=access)
        yield from page.matches
        cursor = page.next_cursor
        if not cursor:
            return
