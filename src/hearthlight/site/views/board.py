"""The board, and the wall screen in the corridor."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hearthlight.core import audit
from hearthlight.core.types import staff_actor
from hearthlight.people import actions as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.record.permissions import unseen_glass
from hearthlight.site import presenters
from hearthlight.site.board import NOTED_FOR, Board, board_of

LONGEST_ID = 18  # digits: what fits the database's own numbers


@signed_in
@require_safe
def board(request: StaffRequest) -> HttpResponse:
    """The board, read afresh: this looks at everybody shown, and says so in the audit."""
    found = _board(request)
    _note(request, found)
    unseen = unseen_glass(request.viewer, request.at)
    return render(request, "site/board.html", _context(request, found) | {"unseen": unseen})


@signed_in
@require_safe
def board_live(request: StaffRequest) -> HttpResponse:
    """The board's inside, for a page that is already open."""
    found = _board(request)
    by = staff_actor(request.viewer.staff_id)
    if not audit.is_noted(by=by, action="listed", subject="person:*", since=request.at - NOTED_FOR):
        _note(request, found)
    return render(request, "site/board_live.html", _context(request, found))


@signed_in
@require_safe
def corridor(request: StaffRequest) -> HttpResponse:
    """What and where, never who: anyone may be walking by."""
    return render(request, "site/corridor.html", _context(request, _board(request)))


def _board(request: StaffRequest) -> Board:
    unit = request.GET.get("unit", "")
    unit_id = int(unit) if unit.isascii() and unit.isdecimal() and len(unit) <= LONGEST_ID else None
    return board_of(request.viewer, at=request.at, unit_id=unit_id)


def _note(request: StaffRequest, found: Board) -> None:
    by = staff_actor(request.viewer.staff_id)
    people.note_list_read(person_ids=found.person_ids, by=by, at=request.at)


def _context(request: StaffRequest, found: Board) -> dict[str, Any]:
    staff_id = request.viewer.staff_id
    return {
        "board": found,
        "tone": lambda alert: presenters.TONES[alert.severity],
        "is_waiting": presenters.is_waiting,
        "is_device": presenters.is_about_a_device,
        "who_is_going": lambda alert: presenters.who_is_going(alert, staff_id),
        "who_has": lambda alert: presenters.who_is_going(alert, 0),
        "role_words": lambda role: presenters.ROLES[role],
        "kind_words": lambda alert: presenters.KINDS[alert.kind],
    }
