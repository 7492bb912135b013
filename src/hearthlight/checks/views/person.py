"""A person's checks: all of them, one of them, and taking one back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hearthlight.checks import actions, body, permissions, presenters, queries, rules
from hearthlight.checks.forms import WhyForm
from hearthlight.checks.types import CheckFacts, Kind
from hearthlight.checks.views import WRONG
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in

UNDO_FOR_MINUTES = 15  # how long taking back is offered beside the result, before it moves to the foot of the page


@signed_in
@require_safe
def checks(request: StaffRequest, person_id: int) -> HttpResponse:
    person, kind = people.person(request.viewer, person_id), _asked_kind(request)
    facts = people.person_facts(person_id)
    found = queries.of_person(request.viewer, person_id, kind=kind, withdrawn=True)
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    usual = queries.usual_of(person_id)
    return render(request, "checks/checks.html", {
        "person": facts, "found": [(one, presenters.headline(one)) for one in found], "kind": kind, "usual": usual,
        "usual_row": queries.usual_row(person_id), "kinds": presenters.KIND_WORDS, "slugs": presenters.SLUGS, "leads": presenters.KIND_LEADS,
        "due": [(one, presenters.due_words(one, request.at)) for one in queries.due_of(person_id, facts.place_path, request.at)],
        "names": _names(found), "limits": [(rules.WORDS[m], presenters.limit_words(one)) for m, one in usual.limits.items()],
        "tone": presenters.tone, "can_record": person.moved_out_on is None and permissions.can_record(request.viewer, facts.place_path),
        "can_set_usual": permissions.can_set_usual(request.viewer, facts.place_path), "at": request.at,
    })  # fmt: skip


def _asked_kind(request: StaffRequest) -> Kind | None:
    return presenters.BY_SLUG.get(request.GET.get("kind", ""))


def _names(found: list[CheckFacts]) -> dict[str, str]:
    actors = [one.recorded_by for one in found] + [one.withdrawn_by for one in found if one.withdrawn_by]
    return presenters.names_of(actors, people.staff_facts(presenters.staff_ids(actors)))


@signed_in
@require_safe
def check(request: StaffRequest, person_id: int, check_id: int) -> HttpResponse:
    found = queries.check(request.viewer, person_id, check_id)
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part="a check")
    return render(request, "checks/check.html", _context(request, found))


def _context(request: StaffRequest, found: CheckFacts, form: WhyForm | None = None) -> dict[str, Any]:
    facts = people.person_facts(found.person_id)
    is_new = found.recorded_by == f"staff:{request.viewer.staff_id}" and (request.at - found.recorded_at).total_seconds() < UNDO_FOR_MINUTES * 60
    return {
        "person": facts, "check": found, "shown": presenters.shown(found, facts.preferred_name), "is_new": is_new,
        "title": presenters.KIND_WORDS[found.kind], "names": _names([found]), "form": form or WhyForm(),
        "can_change": found.withdrawn_at is None and permissions.can_change(request.viewer, facts.place_path, found.recorded_by),
        "can_record": permissions.can_record(request.viewer, facts.place_path), "is_vitals": found.kind is Kind.VITALS,
        "points": [(n, body.BY_CODE[p["AREA"]]) for n, p in enumerate(found.readings.get("POINTS", []), start=1)],
        "is_fall": found.kind is Kind.POST_FALL, "is_signs": found.kind is Kind.SOFT_SIGNS, "is_skin": found.kind is Kind.SKIN,
    }  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: StaffRequest, person_id: int, check_id: int) -> HttpResponse:
    found = queries.check(request.viewer, person_id, check_id)
    facts = people.person_facts(person_id)
    permissions.check_change(request.viewer, facts.place_path, found.recorded_by)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.withdraw_check(
                check_id=check_id, why=form.cleaned_data["why"], by=staff_actor(request.viewer.staff_id), at=request.at
            )
            messages.success(request, "Taken back. It no longer counts, and stays to be seen with your reason.")
        except Refusal as refusal:
            messages.warning(request, refusal.why)
        return HttpResponseRedirect(reverse("check", args=[person_id, check_id]))
    return render(request, "checks/undo.html", _context(request, found, form), status=WRONG if form.is_bound else None)
