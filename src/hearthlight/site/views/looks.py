"""Who looked at whom, for managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hearthlight.core import audit
from hearthlight.core.types import staff_actor
from hearthlight.people import actions as people
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.site.looks import SPANS, Asked, looks_page, may_read
from hearthlight.site.looks import looked_at as looked_at_page

LONGEST_ID = 18  # digits


@signed_in
@require_safe
def looks(request: StaffRequest) -> HttpResponse:
    """The list, with the chain checked from its first entry when that is asked for: it reads every entry there is."""
    if not may_read(request.viewer):
        raise NotAllowed("Only a manager can read who looked at whom.")
    page = looks_page(request.viewer, _asked(request), at=request.at)
    checked = request.GET.get("check") == "1"
    audit.record(by=staff_actor(request.viewer.staff_id), at=request.at, action="audit read", subject="audit:*")
    return render(request, "site/looks.html", {
        "page": page, "checked": checked, "broken": audit.first_broken() if checked else None,
        "spans": [("1", "Today and yesterday"), ("7", "Seven days"), ("30", "Thirty days")],
    })  # fmt: skip


@signed_in
@require_safe
def looked_at(request: StaffRequest, person_id: int) -> HttpResponse:
    """Everyone who looked, to be read with the person or handed to them on paper. Reading it is a look as well."""
    found = looked_at_page(request.viewer, person_id, at=request.at)
    people.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part="list of who looked")
    return render(request, "site/looked_at.html", {"page": found})


def _asked(request: HttpRequest) -> Asked:
    days = request.GET.get("days", "7")
    return Asked(
        person_id=_number(request.GET.get("person", "")),
        staff_id=_number(request.GET.get("staff", "")),
        days=days if days in SPANS else "7",
        only_looks=request.GET.get("what", "looks") != "everything",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0
