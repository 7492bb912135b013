"""The site's own small pages: more, the look switch, and what the service worker needs."""

from typing import Any, NamedTuple

from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from hearthlight.core.types import staff_actor
from hearthlight.people import actions as people
from hearthlight.people.permissions import signed_in
from hearthlight.people.types import Role, Viewer
from hearthlight.site import look, presenters
from hearthlight.site.board import board_of


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
    Link("Places", "Homes, units and rooms", "/places/"),
    Link("Staff", "Who works here, and as what", "/staff/", MANAGING),
    Link("Who looked", "Every look at a person’s page", "/audit/", MANAGING),
    Link("Corridor screen", "For a screen on the wall: big words, spoken aloud", "/corridor/"),
    Link("My sign-in", "Passkey, code app, password", "/sign-in/2fa/"),
)
A_YEAR_S = 365 * 24 * 3600  # a phone on a charger in the office keeps its look


@signed_in
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The board, read afresh: this looks at everybody shown, and says so in the audit."""
    context = _board(request)
    people.note_list_read(
        person_ids=context["board"].person_ids,
        by=staff_actor(request.viewer.staff_id),  # type: ignore[attr-defined]
        at=request.at,  # type: ignore[attr-defined]
    )
    return render(request, "site/board.html", context)


@signed_in
@require_safe
def board_live(request: HttpRequest) -> HttpResponse:
    """The board's inside, for a page that is already open and has been noted."""
    return render(request, "site/board_live.html", _board(request))


def _board(request: Any) -> dict[str, Any]:
    viewer: Viewer = request.viewer
    unit = request.GET.get("unit", "")
    return {
        "board": board_of(viewer, at=request.at, unit_id=int(unit) if unit.isdecimal() and len(unit) < 19 else None),
        "tone": lambda alert: presenters.TONES[alert.severity],
        "is_waiting": presenters.is_waiting,
        "is_device": presenters.is_about_a_device,
        "who_is_going": lambda alert: presenters.who_is_going(alert, viewer.staff_id),
        "role_words": lambda role: presenters.ROLES[role],
    }


@signed_in
@require_safe
def more(request: HttpRequest) -> HttpResponse:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    links = [link for link in LINKS if link.roles is None or any(scope.role in link.roles for scope in viewer.scopes)]
    return render(request, "site/more.html", {"links": links})


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
