"""Opening an app from a person's page, and opening the record of somebody who is not one's own in an emergency."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import Viewer
from hearthlight.record.smart import actions, configuration, glass, permissions, queries
from hearthlight.record.smart.forms import GlassForm
from hearthlight.record.smart.permissions import EDITORS
from hearthlight.record.smart.views import leading_to


@signed_in
@require_safe
def apps_for_person(request: StaffRequest, person_id: int) -> HttpResponse:
    found = queries.apps_to_open(request.viewer, person_id)
    answer = render(request, "smart/open.html", {"person": people.person_facts(person_id), "apps": found})
    return leading_to(answer, *(one.launch_url for one in found))


@signed_in
@require_POST
def app_open(request: StaffRequest, person_id: int, app_id: int) -> HttpResponse:
    """EHR launch (SMART App Launch 2.2, "Launch App: EHR Launch")."""
    found = next((one for one in queries.apps_to_open(request.viewer, person_id) if one.id == app_id), None)
    if found is None:
        raise Http404("no such app")
    word = actions.start_launch(
        app_id=app_id, staff_id=request.viewer.staff_id, person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at
    )
    asked = urlencode({"iss": configuration.fhir_base(settings.SITE.url), "launch": word})
    answer = HttpResponse(status=HTTPStatus.SEE_OTHER)
    answer["Location"] = f"{found.launch_url}{'&' if '?' in found.launch_url else '?'}{asked}"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@signed_in
@require_http_methods(["GET", "POST"])
def glass_break(request: StaffRequest) -> HttpResponse:
    form = GlassForm(request.POST if request.method == "POST" else None)
    found: list[int] = []
    if request.method == "POST" and form.done(
        lambda: found.append(glass.break_glass(viewer=request.viewer, at=request.at, **form.cleaned_data).id)
    ):
        messages.warning(request, "Open for one hour. Their managers have been told, and see what you read.")
        return HttpResponseRedirect(reverse("person", args=found))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "smart/glass.html", {"form": form, "is_reader": permissions.can_see_broken_glass(request.viewer)}, status=status)


def _reading(viewer: Viewer) -> Viewer:
    """With only the roles that let them read this."""
    permissions.check_see_broken_glass(viewer)
    return Viewer(viewer.staff_id, viewer.name, tuple(scope for scope in viewer.scopes if scope.role in EDITORS))


@signed_in
@require_safe
def glass_list(request: StaffRequest) -> HttpResponse:
    reader = _reading(request.viewer)
    return render(request, "smart/glass_list.html", {"broken": glass.broken(reader, since=request.at - glass.KEPT_SHOWN)})


@signed_in
@require_POST
def glass_seen(request: StaffRequest, glass_id: int) -> HttpResponse:
    try:
        glass.say_seen(glass_id=glass_id, reader=_reading(request.viewer), at=request.at)
        messages.success(request, "Noted that you looked into it.")
    except Refusal as refusal:
        messages.warning(request, refusal.why)
    return HttpResponseRedirect(reverse("glass_list"))
