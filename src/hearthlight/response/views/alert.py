"""One alert: what happened, who has it, and the one next thing to do."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.alerts import actions as alerts_actions
from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import FLOOR_KINDS, SEVERITY_WORDS, AlertFacts
from hearthlight.core import audit
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.response import actions, drawing, presenters, queries
from hearthlight.response.forms import CancelForm, CloseForm
from hearthlight.response.views import WRONG


@signed_in
@require_safe
def alert_page(request: StaffRequest, alert_id: int) -> HttpResponse:
    alert = _read(request, alert_id)
    actions.seen(alert_id, by=request.viewer, at=request.at, path=alert.place_path)
    return render(request, "response/alert.html", _shown(request, alert))


def _read(request: StaffRequest, alert_id: int) -> AlertFacts:
    """The alert, with the reading of it written down."""
    alert = alerts.alert(request.viewer, alert_id)
    audit.record(
        by=staff_actor(request.viewer.staff_id), at=request.at, action="read", subject=f"alert:{alert_id}",
        person_id=alert.person_id,
    )  # fmt: skip
    return alert


def _shown(request: StaffRequest, alert: AlertFacts) -> dict[str, object]:
    viewer = request.viewer
    is_asked = alerts.is_asked(viewer, alert.id)
    run = queries.run_of(alert.id)
    return {
        "alert": alert,
        "tone": presenters.tone(alert),
        "severity": SEVERITY_WORDS[alert.severity],
        "status": presenters.status(alert, viewer),
        "main_action": presenters.main_action(alert, viewer, is_asked=is_asked),
        "other_actions": presenters.other_actions(alert, viewer, is_asked=is_asked),
        "long_lie": presenters.long_lie(alert, request.at),
        "is_on_floor": presenters.is_on_floor(alert),
        "is_over": presenters.is_over(alert),
        "next_due_at": run.next_due_at if run and run.phase == "TELLING" else None,
        "told": presenters.told_lines(queries.tells_of(alert.id)),
        "moves": [(move, presenters.move_words(move)) for move in alerts.moves(alert.id)],
        "repeats": alerts.repeats_of(viewer, alert.id),
        "people_told": presenters.people_told_words(alert.people_told),
        "trace": drawing.trace(alert.evidence),
        "trail": drawing.trail(alert.evidence, began_at=alert.began_at),
        "can_see_person": alert.person_id is not None and viewer.covers(alert.place_path),
    }


def _answer(request: StaffRequest, alert_id: int, act: Callable[[], None]) -> HttpResponse:
    """Do it, or say why not; either way back to the alert, which shows how things stand now."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.why)
    return HttpResponseRedirect(f"/alerts/{alert_id}/")


@signed_in
@require_POST
def accept(request: StaffRequest, alert_id: int) -> HttpResponse:
    return _answer(request, alert_id, lambda: alerts_actions.accept(alert_id, by=request.viewer, at=request.at))


@signed_in
@require_POST
def attend(request: StaffRequest, alert_id: int) -> HttpResponse:
    return _answer(request, alert_id, lambda: alerts_actions.attend(alert_id, by=request.viewer, at=request.at))


@signed_in
@require_POST
def hand_back(request: StaffRequest, alert_id: int) -> HttpResponse:
    return _answer(request, alert_id, lambda: alerts_actions.hand_back(alert_id, by=request.viewer, at=request.at))


@signed_in
@require_POST
def up(request: StaffRequest, alert_id: int) -> HttpResponse:
    return _answer(request, alert_id, lambda: alerts_actions.up(alert_id, by=request.viewer, at=request.at))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: StaffRequest, alert_id: int) -> HttpResponse:
    alert = _read(request, alert_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _answer(
            request, alert_id, lambda: alerts_actions.cancel(alert_id, by=request.viewer, at=request.at, why=form.why())
        )
    context = {"alert": alert, "form": form}
    return render(request, "response/cancel.html", context, status=WRONG if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, alert_id: int) -> HttpResponse:
    alert = _read(request, alert_id)
    on_floor = alert.kind in FLOOR_KINDS and alert.up_at is None
    form = CloseForm(request.POST if request.method == "POST" else None, on_floor=on_floor)
    if form.is_valid():
        return _answer(
            request, alert_id, lambda: alerts_actions.close(alert_id, by=request.viewer, at=request.at, **form.answers())
        )
    context = {"alert": alert, "form": form}
    return render(request, "response/close.html", context, status=WRONG if form.is_bound else 200)


@signed_in
@require_POST
def seen(request: StaffRequest, alert_id: int) -> HttpResponse:
    """The page told its reader, before they opened the alert."""
    alert = alerts.alert(request.viewer, alert_id)
    is_new = actions.seen(alert_id, by=request.viewer, at=request.at, path=alert.place_path)
    return JsonResponse({"seen": is_new})
