"""Which checks are due, unit by unit: what is late, what comes next, and what was never done."""

from collections import defaultdict
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hearthlight.checks import actions, presenters, queries
from hearthlight.checks.types import Due
from hearthlight.core.types import staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in

COMING = timedelta(hours=8)  # the rest of a shift


@signed_in
@require_safe
def due(request: StaffRequest) -> HttpResponse:
    found = queries.due(request.viewer, request.at, soon=COMING)
    persons = people.person_facts_of(one.person_id for one in found)
    if "X-Live" not in request.headers:  # a page that stays open is one look
        actions.note_list_read(person_ids=sorted(persons), by=staff_actor(request.viewer.staff_id), at=request.at)
    units: dict[str, list[tuple[Due, str]]] = defaultdict(list)
    for one in found:
        if one.due_at is not None:
            units[persons[one.person_id].unit_name or "Elsewhere"].append((one, presenters.due_words(one, request.at)))
    never: dict[int, list[str]] = defaultdict(list)
    for one in found:
        if one.due_at is None:
            never[one.person_id].append(presenters.KIND_WORDS[one.kind].lower())
    return render(request, "checks/due.html", {
        "units": dict(sorted(units.items())), "never": dict(never), "persons": persons, "kinds": presenters.KIND_WORDS, "slugs": presenters.SLUGS,
        "at": request.at, "late": sum(one.due_at is not None and one.due_at < request.at for one in found),
    })  # fmt: skip
