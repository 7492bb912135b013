"""What is usual for one person, what is acceptable, and which oxygen scale is theirs."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hearthlight.checks import actions, permissions, presenters, queries, rules
from hearthlight.checks.forms import RoomForm
from hearthlight.checks.settings_forms import LimitForm, ScaleTwoForm, UsualForm
from hearthlight.checks.types import Kind, Limit, Measure
from hearthlight.checks.views import WRONG
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in

LOOKED_AT = 14  # the latest full sets that a usual is read from


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def usual(request: StaffRequest, person_id: int) -> HttpResponse:
    row = people.person(request.viewer, person_id)
    permissions.check_set_usual(request.viewer, row.place.path)
    before = queries.usual_row(person_id)
    sent = request.POST.get("what", "") if request.method == "POST" else ""
    forms: dict[str, RoomForm] = {
        "usual": UsualForm(
            request.POST if sent == "usual" else None,
            initial={"total": before.total, "agreed_with": before.agreed_with, "note": before.note} if before else {},
        ),
        "limit": LimitForm(request.POST if sent == "limit" else None),
        "scale": ScaleTwoForm(request.POST if sent == "scale" else None, initial={"decided_on": request.at.date()}),
    }
    if sent and _done(request, person_id, sent, forms):
        messages.success(request, "Kept. It counts from the next check on.")
        return HttpResponseRedirect(reverse("check_usual", args=[person_id]))
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part="usual")
    totals = [one.total for one in queries.of_person(request.viewer, person_id, kind=Kind.VITALS) if one.total is not None]
    return render(request, "checks/usual.html", {
        "person": people.person_facts(person_id), "forms": forms, "before": before, "scale_two": queries.scale_two(person_id),
        "limits": [(one, rules.WORDS[Measure(one.measure)], presenters.limit_words(Limit(one.low, one.high))) for one in queries.limit_rows(person_id)],
        "suggested": rules.usual_total(totals[:LOOKED_AT]), "looked_at": len(totals[:LOOKED_AT]),
    }, status=WRONG if sent else None)  # fmt: skip


def _done(request: StaffRequest, person_id: int, sent: str, forms: dict[str, RoomForm]) -> bool:
    by, at = staff_actor(request.viewer.staff_id), request.at
    if sent == "end_scale":
        try:
            actions.end_scale_two(person_id=person_id, by=by, at=at)
        except Refusal as refusal:
            messages.warning(request, refusal.why)
        return True
    writers: dict[str, Callable[..., None]] = {"usual": actions.set_usual, "limit": actions.set_limit, "scale": actions.decide_scale_two}
    write = writers.get(sent)
    return write is not None and forms[sent].done(lambda: write(person_id=person_id, **forms[sent].cleaned_data, by=by, at=at))
