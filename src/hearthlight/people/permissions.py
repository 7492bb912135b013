"""Who may do what. Each `check_…` raises `NotAllowed` with the sentence a person will read; `can_…` is its twin.

Carers read. Seniors and above record consent and the circle. On-call, managers and administrators change the rota;
managers and administrators change people, places and staff. Nobody hands out a role above their own.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hearthlight.core.types import Refusal
from hearthlight.people import rules
from hearthlight.people.types import Role, Viewer

P = ParamSpec("P")
EDITORS = (Role.MANAGER, Role.ADMINISTRATOR)
ROTA_MAKERS = (Role.ON_CALL, *EDITORS)
CONSENT_TAKERS = (Role.SENIOR, *ROTA_MAKERS)


class StaffRequest(HttpRequest):
    """What a view behind `signed_in` is given."""

    viewer: Viewer
    at: datetime


class NotAllowed(Refusal):
    """The viewer may see this but not do it."""


def signed_in(view: Callable[Concatenate[Any, P], HttpResponse]) -> Callable[Concatenate[Any, P], HttpResponse]:
    """Only staff with a role now: others are sent to sign in, or told why not. A `NotAllowed` raised by the view
    becomes the same page."""

    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        viewer: Viewer | None = request.viewer
        if viewer is None:
            return no_entry(request, "This account does not belong to anyone who works here now.")
        if not viewer.scopes:
            return no_entry(request, "You are not on shift and hold no standing role, so there is nothing to show.")
        try:
            response = view(request, *args, **kwargs)
        except NotAllowed as refusal:
            response = no_entry(request, refusal.why)
        response.headers.setdefault("Cache-Control", "private, no-store")  # a shared tablet keeps nothing behind
        return response

    return guarded


def no_entry(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "people/no_entry.html", {"why": why}, status=403)


def can_edit_people(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *EDITORS)


def check_edit_people(viewer: Viewer, path: str) -> None:
    if not can_edit_people(viewer, path):
        raise NotAllowed("Only a manager can change a person's details.")


def can_edit_places(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *EDITORS)


def check_edit_places(viewer: Viewer, path: str) -> None:
    if not can_edit_places(viewer, path):
        raise NotAllowed("Only a manager can change homes, units and rooms.")


def can_edit_staff(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *EDITORS)


def check_edit_staff(viewer: Viewer, path: str) -> None:
    if not can_edit_staff(viewer, path):
        raise NotAllowed("Only a manager can add staff or change their roles.")


def can_edit_rota(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *ROTA_MAKERS)


def check_edit_rota(viewer: Viewer, path: str) -> None:
    if not can_edit_rota(viewer, path):
        raise NotAllowed("Only a manager or whoever is on call can change the rota.")


def can_record_consent(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *CONSENT_TAKERS)


def check_record_consent(viewer: Viewer, path: str) -> None:
    if not can_record_consent(viewer, path):
        raise NotAllowed("Only a senior or a manager can record or withdraw consent.")


def can_edit_circle(viewer: Viewer, path: str) -> bool:
    return viewer.covers(path, *CONSENT_TAKERS)


def check_edit_circle(viewer: Viewer, path: str) -> None:
    if not can_edit_circle(viewer, path):
        raise NotAllowed("Only a senior or a manager can change someone's circle.")


def can_hand_out(viewer: Viewer, role: Role, path: str) -> bool:
    """May the viewer give this role here, by grant or by shift? Only one they hold themselves, or a lower one."""
    return any(path.startswith(s.path) and rules.outranks(s.role, role) for s in viewer.scopes)


def check_hand_out(viewer: Viewer, role: Role, path: str) -> None:
    if not can_hand_out(viewer, role, path):
        raise NotAllowed("Nobody can hand out a role above their own.")


def can_answer_for(viewer: Viewer, held: list[tuple[Role, str]], based_at: str) -> bool:
    """May the viewer change this member of staff's details, or make a link that sets their password? Whoever makes
    the link could use it, so every role held, now or on a coming shift, must be the viewer's to give."""
    is_ours = all(can_hand_out(viewer, role, path) and can_edit_staff(viewer, path) for role, path in held)
    return is_ours and (can_edit_staff(viewer, based_at) if based_at else bool(held))


def check_answer_for(viewer: Viewer, held: list[tuple[Role, str]], based_at: str) -> None:
    if not can_answer_for(viewer, held, based_at):
        raise NotAllowed("You can change only staff whose every role is yours to give. Ask someone above you both.")


def check_not_self(viewer: Viewer, staff_id: int) -> None:
    """Nobody shuts themselves out, or off, by a slip."""
    if viewer.staff_id == staff_id:
        raise NotAllowed("You cannot do this to your own account. Ask another manager.")
