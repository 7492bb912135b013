"""One person's page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hearthlight.checks.permissions import can_record
from hearthlight.core import audit
from hearthlight.core.types import staff_actor
from hearthlight.people import actions as people
from hearthlight.people import permissions
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.site import presenters
from hearthlight.site.board import NOTED_FOR
from hearthlight.site.person import SHOWN, PersonPage, person_page


@signed_in
@require_safe
def person(request: StaffRequest, person_id: int) -> HttpResponse:
    """Each look is noted; a page that stays open and asks again after a change, every quarter of an hour."""
    shown = request.GET.get("show", "all")
    page = person_page(request.viewer, person_id, at=request.at, shown=shown if shown in SHOWN else "all")
    by = staff_actor(request.viewer.staff_id)
    is_still_open = "X-Live" in request.headers and audit.is_noted(
        by=by, action="read", subject=f"person:{person_id}", since=request.at - NOTED_FOR
    )
    if not is_still_open:
        people.note_read(person_id=person_id, by=by, at=request.at)
    return render(request, "site/person.html", _context(request, page))


def _context(request: StaffRequest, page: PersonPage) -> dict[str, Any]:
    return {
        "page": page,
        "purposes": presenters.PURPOSES,
        "bases": presenters.BASES,
        "troubles": presenters.TROUBLES,
        "hours": presenters.hours,
        "battery": presenters.battery,
        "who_is_going": lambda alert: presenters.who_is_going(alert, request.viewer.staff_id),
        "tone": lambda alert: presenters.TONES[alert.severity],
        "age_in_years": presenters.age_in_years(page.row.born_on, request.at),
        "can_check": page.row.moved_out_on is None and can_record(request.viewer, page.facts.place_path),
        "can_edit": permissions.can_edit_people(request.viewer, page.facts.place_path),
    }
