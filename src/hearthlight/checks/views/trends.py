"""How a person's readings went: drawn, and as a table."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hearthlight.checks import actions, queries, series
from hearthlight.checks.types import Kind
from hearthlight.core.types import staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in

SPANS = {"2": "2 days", "14": "14 days", "90": "3 months", "365": "A year"}
MOST_POINTS = 1500  # half-hourly for a month; the latest are kept


@signed_in
@require_safe
def trends(request: StaffRequest, person_id: int) -> HttpResponse:
    days = request.GET.get("days", "14")
    days = days if days in SPANS else "14"
    since = request.at - timedelta(days=int(days))
    vitals = queries.of_person(request.viewer, person_id, kind=Kind.VITALS, since=since, limit=MOST_POINTS)
    weights = queries.of_person(request.viewer, person_id, kind=Kind.WEIGHT, since=since, limit=MOST_POINTS)
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part="trends")
    person = people.person_facts(person_id)
    zone = queries.zone_of(person.place_path)
    found = series.series([*vitals, *weights], queries.usual_of(person_id))
    return render(request, "checks/trends.html", {
        "person": person, "series": found, "spans": SPANS, "days": days, "zone": zone.key,
        "drawn": [series.drawn(one) for one in found], "since": since, "at": request.at,
    })  # fmt: skip
