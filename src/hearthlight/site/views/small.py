"""The site's own small pages: more, the look switch, and what the service worker needs."""

from typing import NamedTuple

from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import Role
from hearthlight.record.permissions import unseen_glass
from hearthlight.site import look


class Link(NamedTuple):
    """An entry on /more/; `roles` None: for everyone."""

    name: str
    about: str
    href: str
    roles: tuple[Role, ...] | None = None


MANAGING = (Role.MANAGER, Role.ADMINISTRATOR)
LINKS = (
    Link("Alerts so far", "What happened, and what was done", "/alerts/"),
    Link("Too many alerts?", "How many each shift, and how many were false", "/budget/"),
    Link("Who is told, and when", "The response plans", "/plans/"),
    Link("Checks due", "Vital signs, weights: what is late and what comes next", "/checks/"),
    Link("What to do by score", "Your home’s policy for NEWS2", "/checks/policy/"),
    Link("Places", "Homes, units and rooms", "/places/"),
    Link("Staff", "Who works here, and as what", "/staff/", MANAGING),
    Link("Who looked", "Every look at a person’s page", "/audit/", MANAGING),
    Link("Opened in an emergency", "Records opened by somebody who does not look after the person", "/emergency/opened/", MANAGING),
    Link("Apps", "Programs that may ask for the record", "/apps/", MANAGING),
    Link("Bring in", "A GP’s record or a table of residents, from a file", "/bring-in/", MANAGING),
    Link("Apps I let in", "What acts with my name, and how to take it back", "/apps/mine/"),
    Link("Open a record in an emergency", "For somebody you must help now and cannot see", "/emergency/"),
    Link("Corridor screen", "For a screen on the wall: big words, spoken aloud", "/corridor/"),
    Link("My sign-in", "Passkey, code app, password", "/sign-in/2fa/"),
)
A_YEAR_S = 365 * 24 * 3600  # a phone on a charger in the office keeps its look


@signed_in
@require_safe
def more(request: StaffRequest) -> HttpResponse:
    held = {scope.role for scope in request.viewer.scopes}
    links = [link for link in LINKS if link.roles is None or held.intersection(link.roles)]
    return render(request, "site/more.html", {"links": links, "unseen": unseen_glass(request.viewer, request.at)})


@require_POST
def choose_look(request: HttpRequest) -> HttpResponse:
    """Light, dark, or by the hour. Kept on this device, whoever is signed in."""
    response = HttpResponseRedirect("/more/")
    wish = request.POST.get("look", "auto")
    if wish in look.WISHES:
        response.set_cookie(look.COOKIE, wish, max_age=A_YEAR_S, samesite="Lax", secure=request.is_secure())
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker for when the server cannot be reached: the same for everybody, so without a viewer."""
    request.viewer = None  # type: ignore[attr-defined]
    return render(request, "site/offline.html")


@require_safe
def service_worker(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """From the top of the site, so that it may look after all of it."""
    found = finders.find("sw.js")
    response = FileResponse(open(str(found), "rb"), content_type="text/javascript")  # noqa: SIM115 — Django closes it
    response["Cache-Control"] = "no-cache"
    return response
