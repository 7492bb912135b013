"""Recording a check, and recording another in the place of a wrong one."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hearthlight.alerts import queries as alerts
from hearthlight.checks import actions, body, permissions, presenters, queries
from hearthlight.checks.forms import FORMS, UNITS, CheckForm, NumberField, WhyForm
from hearthlight.checks.types import CheckFacts, Kind
from hearthlight.checks.views import WRONG
from hearthlight.core.types import staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.types import PersonFacts

APART = ("key", "when", "note", "ABSENT")  # fields that the page puts elsewhere than in a row


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: StaffRequest, person_id: int, slug: str) -> HttpResponse:
    person, kind = _person(request, person_id), _kind(slug)
    alert_id = _alert(request, person_id)
    form = FORMS[kind](
        request.POST if request.method == "POST" else None, at=request.at, zone=queries.zone_of(person.place_path),
        initial={"key": uuid4()},
    )  # fmt: skip
    made: list[int] = []
    if request.method == "POST" and form.done(
        lambda: made.append(
            actions.record_check(
                person_id=person_id, kind=kind, readings=form.readings(), taken_at=form.taken_at(), form_key=form.cleaned_data["key"],
                note=form.cleaned_data["note"], alert_id=alert_id, by=staff_actor(request.viewer.staff_id), at=request.at,
            )
        )
    ):  # fmt: skip
        return HttpResponseRedirect(reverse("check", args=[person_id, made[0]]))
    return _form_page(request, person, kind, form)


def _person(request: StaffRequest, person_id: int) -> PersonFacts:
    row = people.person(request.viewer, person_id)
    permissions.check_record(request.viewer, row.place.path)
    if row.moved_out_on is not None:
        raise NotAllowed("They have moved out, so nothing new is recorded here.")
    return people.person_facts(person_id)


def _kind(slug: str) -> Kind:
    if slug not in presenters.BY_SLUG:
        raise Http404("no such check")
    return presenters.BY_SLUG[slug]


def _alert(request: StaffRequest, person_id: int) -> int | None:
    """The alert a check after a fall belongs to, from the address; one about somebody else is ignored."""
    asked = request.GET.get("alert", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 18):
        return None
    alert = alerts.alert(request.viewer, int(asked))
    return alert.id if alert.person_id == person_id else None


def _form_page(request: StaffRequest, person: PersonFacts, kind: Kind, form: CheckForm, **more: Any) -> HttpResponse:
    before = queries.latest(person.id, kind)
    context = {
        "person": person, "kind": kind, "form": form, "title": presenters.KIND_WORDS[kind], "lead": presenters.KIND_LEADS[kind],
        "before": before, "units": UNITS, "areas_json": [asdict(area) for area in body.AREAS], "why": None, "asked": getattr(form, "asked", []),
        "asks": [name for name in form.fields if name not in APART and name not in form.APART],
        "numbers": {name for name, field in form.fields.items() if isinstance(field, NumberField)},
        "is_vitals": kind is Kind.VITALS, "is_skin": kind is Kind.SKIN, "is_fall": kind is Kind.POST_FALL, **more,
    }  # fmt: skip
    return render(request, "checks/record.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: StaffRequest, person_id: int, check_id: int) -> HttpResponse:
    person = _person(request, person_id)
    wrong = queries.check(request.viewer, person_id, check_id)
    permissions.check_change(request.viewer, person.place_path, wrong.recorded_by)
    if wrong.withdrawn_at is not None:
        messages.warning(request, "That check has already been corrected or taken back.")
        return HttpResponseRedirect(reverse("check", args=[person_id, check_id]))
    data = request.POST if request.method == "POST" else None
    form = FORMS[wrong.kind](data, at=request.at, zone=queries.zone_of(person.place_path), initial=_as_typed(wrong) | {"key": uuid4()})
    why = WhyForm(data)
    made: list[int] = []
    if data is not None and why.is_valid() and form.done(
        lambda: made.append(
            actions.correct_check(
                check_id=check_id, readings=form.readings(), why=why.cleaned_data["why"], form_key=form.cleaned_data["key"],
                taken_at=form.taken_at() if form.cleaned_data["when"] else wrong.taken_at, note=form.cleaned_data["note"],
                by=staff_actor(request.viewer.staff_id), at=request.at,
            )
        )
    ):  # fmt: skip
        messages.success(request, "Corrected. The wrong one stays to be seen, with your reason.")
        return HttpResponseRedirect(reverse("check", args=[person_id, made[0]]))
    return _form_page(request, person, wrong.kind, form, why=why, wrong=wrong)


def _as_typed(check: CheckFacts) -> dict[str, Any]:
    """A check's readings as its form's fields hold them."""
    if check.kind is Kind.POST_FALL:
        return {**check.readings["ANSWERS"], "note": check.note}
    if check.kind is Kind.SKIN:
        points = enumerate(check.readings["POINTS"])
        return {
            f"{name.lower()}_{number}": point.get(name) for number, point in points for name in ("AREA", "FOUND", "MM")
        } | {"note": check.note}
    return {**check.readings, "note": check.note}
