"""Letting apps in: the list for managers, one app, and each member of staff's own."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.types import PlaceFacts, PlaceKind
from hearthlight.record.smart import actions, configuration, permissions, presenters, queries
from hearthlight.record.smart.forms import AppForm
from hearthlight.record.smart.types import AppFacts, AppKind, Registered

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


def _places(request: StaffRequest) -> list[PlaceFacts]:
    """The places this viewer may let apps in for."""
    found = [
        place for place in people.places(request.viewer)
        if place.kind is not PlaceKind.ROOM and permissions.can_let_apps_in(request.viewer, place.path)
    ]  # fmt: skip
    if not found:
        raise NotAllowed("Only a manager can let an app in.")
    return found


@signed_in
@require_safe
def apps(request: StaffRequest) -> HttpResponse:
    _places(request)
    return render(request, "smart/apps.html", {"apps": queries.apps(request.viewer), "kinds": presenters.KIND_WORDS})


@signed_in
@require_http_methods(["GET", "POST"])
@never_cache
def app_new(request: StaffRequest) -> HttpResponse:
    places = _places(request)
    form = AppForm(request.POST if request.method == "POST" else None, places=[(place.id, place.name) for place in places])
    made: list[Registered] = []

    def add() -> None:
        told = form.cleaned_data
        path = next(place.path for place in places if place.id == told["place_id"])
        if told["sections"]:
            permissions.check_open_sections(request.viewer, path)
        made.append(actions.add_app(**told, by=staff_actor(request.viewer.staff_id), at=request.at))

    if request.method == "POST" and form.done(add):
        return _registered(request, made[0])
    return render(request, "smart/app_new.html", {"form": form}, status=WRONG if form.is_bound else HTTPStatus.OK)


def _registered(request: StaffRequest, registered: Registered) -> HttpResponse:
    """Shown as the answer to the form, never at an address of its own: whoever comes back later finds no secret."""
    return render(request, "smart/registered.html", {
        "app": queries.app(request.viewer, registered.app_id), "secret": registered.secret,
        "base": configuration.fhir_base(settings.SITE.url), "token": configuration.token_address(settings.SITE.url),
    })  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def app(request: StaffRequest, app_id: int) -> HttpResponse:
    known = _managed(request, app_id)
    form = AppForm(request.POST if request.method == "POST" else None, places=[], known=known)

    def change() -> None:
        told = form.cleaned_data
        if set(told["sections"]) - set(known.sections):
            permissions.check_open_sections(request.viewer, people.place_facts(known.place_id or 0).path)
        actions.change_app(app_id=app_id, **told, by=staff_actor(request.viewer.staff_id), at=request.at)

    if request.method == "POST" and form.done(change):
        messages.success(request, "Saved.")
        return _back(app_id)
    return render(request, "smart/app.html", _context(request, known, form), status=WRONG if form.is_bound else HTTPStatus.OK)


def _context(request: StaffRequest, known: AppFacts, form: AppForm) -> dict[str, Any]:
    permits = queries.permits_of_app(known.id, request.at)
    names = people.staff_facts({one.staff_id for one in permits if one.staff_id})
    persons = {one.id: one.preferred_name for one in people.persons(request.viewer)}
    return {
        "app": known, "form": form, "kind": presenters.KIND_WORDS[known.kind], "has_secret": known.kind is AppKind.SECRET,
        "permits": permits, "staff": names, "persons": persons, "base": configuration.fhir_base(settings.SITE.url),
        "sections": [presenters.SECTIONS[one] for one in presenters.SECTIONS if one.value in known.sections],
    }  # fmt: skip


def _managed(request: StaffRequest, app_id: int) -> AppFacts:
    _places(request)
    return queries.app(request.viewer, app_id)


def _back(app_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("app", args=[app_id]))


@signed_in
@require_POST
def app_suspend(request: StaffRequest, app_id: int) -> HttpResponse:
    known = _managed(request, app_id)
    by = staff_actor(request.viewer.staff_id)
    if request.POST.get("answer") == "let-in":
        actions.let_in_again(app_id=app_id, by=by, at=request.at)
        messages.success(request, f"{known.label} may ask again.")
    else:
        actions.suspend(app_id=app_id, by=by, at=request.at)
        messages.success(request, f"{known.label} is shut out. Nothing it was given works any more.")
    return _back(app_id)


@signed_in
@require_POST
@never_cache
def app_secret(request: StaffRequest, app_id: int) -> HttpResponse:
    _managed(request, app_id)
    try:
        renewed = actions.renew_secret(app_id=app_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    except Refusal as refusal:
        raise NotAllowed(refusal.why) from refusal
    return _registered(request, renewed)


@signed_in
@require_safe
def my_apps(request: StaffRequest) -> HttpResponse:
    permits = queries.permits_of_staff(request.viewer.staff_id, request.at)
    named = people.person_facts_of(one.person_id for one in permits if one.person_id)
    rows = [(one, named.get(one.person_id or 0), presenters.asked(one.scopes)) for one in permits]
    return render(request, "smart/my_apps.html", {"rows": rows})


@signed_in
@require_POST
def permit_end(request: StaffRequest, permit_id: int) -> HttpResponse:
    """One's own, or as a manager anybody's of an app one answers for."""
    mine = {one.id for one in queries.permits_of_staff(request.viewer.staff_id, request.at)}
    app_id = _app_of(request, permit_id) if permit_id not in mine else None
    actions.end_permit(permit_id=permit_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    messages.success(request, "Taken back. It works no more.")
    return _back(app_id) if app_id else HttpResponseRedirect(reverse("my_apps"))


def _app_of(request: StaffRequest, permit_id: int) -> int:
    for one in queries.apps(request.viewer):
        if any(permit.id == permit_id for permit in queries.permits_of_app(one.id, request.at)):
            return one.id
    raise Http404("no such permit")
