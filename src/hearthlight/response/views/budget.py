"""Too many alerts? How many each shift and each person, how many were false, how quickly people came."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hearthlight.alerts import queries as alerts
from hearthlight.core import audit
from hearthlight.core.types import staff_actor
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.response import budget, drawing, presenters

SPANS = {"7": 7, "28": 28, "91": 91}  # days
USUAL = "28"  # four weeks: every day of the week four times
SHOWN_PERSONS = 15


@signed_in
@require_safe
def budget_page(request: StaffRequest) -> HttpResponse:
    days = SPANS.get(request.GET.get("days", ""), SPANS[USUAL])
    since = request.at - timedelta(days=days)
    found = alerts.raised_between(request.viewer, since, request.at + timedelta(seconds=1))
    counted = budget.count(found, zone=timezone.get_current_timezone(), since=since, until=request.at)  # type: ignore[arg-type]
    audit.record(
        by=staff_actor(request.viewer.staff_id), at=request.at, action="read list", subject="alerts:budget",
        detail={"count": counted.told},
    )  # fmt: skip
    return render(request, "response/budget.html", {
        "budget": counted, "days": days, "spans": list(SPANS.values()), "persons": counted.persons[:SHOWN_PERSONS],
        "accept": presenters.span_words(counted.accept_s), "attend": presenters.span_words(counted.attend_s),
        "bars": drawing.bars([(shift.told, shift.false) for shift in counted.shifts]),
        "busiest": max((shift.told for shift in counted.shifts), default=0),
        "average": round(counted.told / len(counted.shifts), 1),
    })  # fmt: skip
