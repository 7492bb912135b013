"""Who is told, in what order: for each urgency, and who that would be right now."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hearthlight.alerts.types import SEVERITY_WORDS, Severity
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import PlaceFacts, PlaceKind
from hearthlight.response import actions, permissions, presenters, queries, rules
from hearthlight.response.forms import PlanForm
from hearthlight.response.types import Step
from hearthlight.response.views import WRONG


@dataclass(frozen=True, slots=True)
class StepLine:
    after: str
    whom: str
    now: str
    is_nobody: bool
    repeat: str


@dataclass(frozen=True, slots=True)
class PlanCard:
    severity: Severity
    title: str
    source: str
    is_own: bool
    lines: tuple[StepLine, ...]


@signed_in
@require_safe
def plans(request: StaffRequest) -> HttpResponse:
    places = _places(request)
    chosen = _chosen(request, places)
    cards = [_card(chosen, severity, request) for severity in Severity] if chosen else []
    return render(request, "response/plans.html", {
        "places": places, "chosen": chosen, "cards": cards,
        "can_edit": bool(chosen and permissions.can_edit_plan(request.viewer, chosen.path)),
    })  # fmt: skip


def _places(request: StaffRequest) -> list[PlaceFacts]:
    """Homes and units the viewer works in: plans are hung there."""
    kinds = (PlaceKind.HOME, PlaceKind.UNIT)
    return [p for p in people.places(request.viewer) if p.kind in kinds and request.viewer.covers(p.path)]


def _chosen(request: StaffRequest, places: list[PlaceFacts]) -> PlaceFacts | None:
    asked = request.GET.get("place", "")
    if not asked:  # a unit, where there is one: a home's own plan is only for what happens outside its units
        return next((place for place in places if place.kind == PlaceKind.UNIT), places[0] if places else None)
    found = next((place for place in places if str(place.id) == asked), None)
    if found is None:
        raise Http404("no such place")
    return found


def _card(place: PlaceFacts, severity: Severity, request: StaffRequest) -> PlanCard:
    plan = queries.plan_for(place.path, severity)
    source = queries.plan_source(place.path, severity)
    _, duties = people.duties(place.path, request.at, request.at)
    return PlanCard(
        severity=severity, title=SEVERITY_WORDS[severity], is_own=source == place.id,
        source="Hearthlight’s own" if source is None else people.place_facts(source).name,
        lines=tuple(_line(step, rules.on_duty(step.audience, duties, path=place.path, at=request.at)) for step in plan),
    )  # fmt: skip


def _line(step: Step, staff_ids: tuple[int, ...]) -> StepLine:
    names = sorted(facts.name for facts in people.staff_facts(staff_ids).values()) if staff_ids else []
    return StepLine(
        after=presenters.span_words(step.after_s) if step.after_s else "At once", whom=rules.AUDIENCES[step.audience],
        now=", ".join(names) or "nobody", is_nobody=not names,
        repeat=f"again every {presenters.span_words(step.repeat_s)}, until somebody answers" if step.repeat_s else "",
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: StaffRequest, place_id: int, severity: str) -> HttpResponse:
    place = people.place(request.viewer, place_id)
    permissions.check_edit_plan(request.viewer, place.path)
    if severity not in [known.value for known in Severity]:
        raise Http404("no such urgency")
    urgency = Severity(severity)
    back = f"{reverse('plans')}?place={place_id}"
    if request.method == "POST" and "clear" in request.POST:
        actions.clear_plan(place_id=place_id, severity=urgency, by=request.viewer, at=request.at)
        messages.success(request, "This place now follows the plan above it.")
        return HttpResponseRedirect(back)
    form = PlanForm(
        request.POST if request.method == "POST" else None, steps=queries.plan_for(place.path, urgency), severity=urgency
    )
    if form.is_valid():
        actions.set_plan(place_id=place_id, severity=urgency, steps=form.steps(), by=request.viewer, at=request.at)
        messages.success(request, "Kept. It counts from the next alert on.")
        return HttpResponseRedirect(back)
    context = {
        "form": form, "place": place, "title": SEVERITY_WORDS[urgency], "back": back,
        "is_own": queries.plan_source(place.path, urgency) == place.pk,
    }  # fmt: skip
    return render(request, "response/plan_edit.html", context, status=WRONG if form.is_bound else 200)
