"""Alerts so far: a list to look back over, and the same as a file."""

import csv
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import KIND_WORDS, STATE_WORDS, AlertFacts, State
from hearthlight.core import audit
from hearthlight.core.types import staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import PlaceKind
from hearthlight.response import presenters
from hearthlight.response.forms import HistoryForm

SHOWN = 100  # on the page; the file has all of them
LONGEST = timedelta(days=366)  # of the past in one look
USUAL = timedelta(days=7)
OLDEST = date(2020, 1, 1)  # before there was a Hearthlight
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so (OWASP, CSV injection)
COLUMNS = (
    "alert", "raised at", "kind", "severity", "state", "person", "place", "accepted at", "attended at", "closed at",
    "owner", "right", "found", "told", "note", "repeats",
)  # fmt: skip


@signed_in
@require_safe
def history(request: StaffRequest) -> HttpResponse:
    form = _form(request)
    found = _found(request, form)
    _note_read(request, "read list", len(found[:SHOWN]))
    return render(request, "response/history.html", {
        "form": form, "found": found[:SHOWN], "more": max(0, len(found) - SHOWN), "query": request.GET.urlencode(),
        "ended": {alert.id: (ending(alert), presenters.tone(alert)) for alert in found[:SHOWN]},
        "is_narrowed": any(form.wanted().values()),
    })  # fmt: skip


@signed_in
@require_safe
def history_file(request: StaffRequest) -> HttpResponse:
    found = _found(request, _form(request))
    _note_read(request, "export alerts", len(found))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="alerts.csv"'
    response["Cache-Control"] = "no-store"
    response.write("\ufeff")  # without it the commonest spreadsheet shows every accent wrong
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(alert)] for alert in found)
    return response


def _form(request: StaffRequest) -> HistoryForm:
    places = [p for p in people.places(request.viewer) if p.kind in (PlaceKind.HOME, PlaceKind.UNIT)]
    return HistoryForm(request.GET or None, places=[(place.id, place.name) for place in places])


def _found(request: StaffRequest, form: HistoryForm) -> list[AlertFacts]:
    """Newest first."""
    wanted = form.wanted()
    since, until = _span(wanted, request.at)
    within = _path_of(request, wanted["place"])
    found = alerts.raised_between(request.viewer, since, until)
    return [alert for alert in reversed(found) if alert.place_path.startswith(within) and _is_wanted(alert, wanted)]


def _span(wanted: dict[str, Any], at: datetime) -> tuple[datetime, datetime]:
    """Whole local days, at most a year of them, and none before `OLDEST`: dates are typed by people."""
    zone = timezone.get_current_timezone()
    until = at + timedelta(seconds=1)
    if wanted["until"] and wanted["until"] < timezone.localtime(at).date():
        until = _midnight(max(wanted["until"], OLDEST) + timedelta(days=1), zone)
    since = _midnight(max(wanted["since"], OLDEST), zone) if wanted["since"] else until - USUAL
    return max(since, until - LONGEST), until


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _path_of(request: StaffRequest, place_id: int | None) -> str:
    return people.place(request.viewer, place_id).path if place_id else "/"


def _is_wanted(alert: AlertFacts, wanted: dict[str, Any]) -> bool:
    if wanted["severity"] and alert.severity != wanted["severity"]:
        return False
    if wanted["kind"] and alert.kind != wanted["kind"]:
        return False
    outcome = wanted["outcome"]
    return not outcome or outcome in (alert.truth if alert.state == State.CLOSED else "", _outcome(alert))


def _outcome(alert: AlertFacts) -> str:
    ended = {State.CANCELLED: "cancelled", State.MERGED: "merged", State.CLOSED: "closed"}
    return ended.get(alert.state, "open")


def ending(alert: AlertFacts) -> str:
    if alert.state == State.CLOSED:
        return presenters.TRUTH_SHORT[alert.truth]
    return STATE_WORDS[alert.state]


def _row(alert: AlertFacts) -> list[Any]:
    times = (alert.accepted_at, alert.attended_at, alert.closed_at)
    return [
        alert.id, _iso(alert.raised_at), KIND_WORDS[alert.kind], alert.severity.value, STATE_WORDS[alert.state],
        alert.person_name, alert.place_name, *map(_iso, times), alert.owner_name,
        presenters.TRUTH_SHORT[alert.truth], alert.found, " ".join(alert.people_told), alert.found_note, alert.repeats,
    ]  # fmt: skip


def _iso(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _note_read(request: StaffRequest, action: str, count: int) -> None:
    audit.record(
        by=staff_actor(request.viewer.staff_id), at=request.at, action=action, subject="alerts:list", detail={"count": count}
    )
