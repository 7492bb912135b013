"""The rota: a week by home and unit, tonight, and shifts one by one."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import actions, permissions, presenters, queries, rules
from hearthlight.people.forms import ShiftForm
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.presenters import HomeRota
from hearthlight.people.types import PlaceFacts, PlaceKind, Role, Viewer
from hearthlight.people.views import WRONG, is_id


@signed_in
@require_safe
def rota(request: StaffRequest) -> HttpResponse:
    viewer, places = request.viewer, queries.places(request.viewer)
    homes = [place for place in places if place.kind is PlaceKind.HOME]
    today = request.at.astimezone(ZoneInfo(homes[0].timezone if homes else "Europe/London")).date()
    monday = presenters.monday_of(_day(request.GET.get("week", ""), today))
    return render(request, "people/rota.html", {
        "tonight": [_home(viewer, home, places, [_tonight(request, home)], request) for home in homes],
        "weeks": [_home(viewer, home, places, [monday + timedelta(days=n) for n in range(7)], request) for home in homes],
        "monday": monday, "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
        "today": today, "week_words": presenters.day_words(monday),
        "editable": {home.id for home in homes if permissions.can_edit_rota(viewer, home.path)},
        "can_edit": [p.path for p in places if permissions.can_edit_rota(viewer, p.path)],
    })  # fmt: skip


def _day(text: str, fallback: date) -> date:
    """The day in the address; the fallback for none, nonsense, or one no rota reaches."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return fallback
    return day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else fallback


def _tonight(request: StaffRequest, home: PlaceFacts) -> date:
    return presenters.night_of(request.at, ZoneInfo(home.timezone))


def _home(
    viewer: Viewer, home: PlaceFacts, places: list[PlaceFacts], days: list[date], request: StaffRequest
) -> HomeRota:
    zone = ZoneInfo(home.timezone)
    since = rules.on_the_wall(days[0], 0, zone)
    until = rules.on_the_wall(days[-1] + timedelta(days=2), 0, zone)  # the last night runs into the next day
    units = [place for place in places if place.kind is PlaceKind.UNIT and place.path.startswith(home.path)]
    shifts = queries.shifts(viewer, since=since, until=until, within=home.path)
    return presenters.home_rota(home=home, units=units, shifts=shifts, days=days, at=request.at)


@signed_in
@require_http_methods(["GET", "POST"])
def shift_new(request: StaffRequest) -> HttpResponse:
    viewer = request.viewer
    places = [p for p in queries.places(viewer) if permissions.can_edit_rota(viewer, p.path) and p.kind is not PlaceKind.ROOM]
    if not places:
        raise NotAllowed("Only a manager or whoever is on call can change the rota.")
    roles = [role for role in Role if any(permissions.can_hand_out(viewer, role, place.path) for place in places)]
    staff = [(row.pk, row.name) for row in queries.staff(viewer)]
    sent = request.POST if request.method == "POST" else None
    form = ShiftForm(sent, staff=staff, roles=roles, places=places, initial=_asked(request))

    def put_on() -> None:
        given, (starts_at, ends_at) = form.cleaned_data, form.span()
        path = form.places[given["place_id"]].path
        permissions.check_edit_rota(viewer, path)
        permissions.check_hand_out(viewer, given["role"], path)
        actions.put_on_shift(
            staff_id=given["staff_id"], role=given["role"], place_id=given["place_id"], starts_at=starts_at,
            ends_at=ends_at, by=staff_actor(viewer.staff_id), at=request.at,
        )  # fmt: skip

    if sent is not None and form.done(put_on, blame="staff_id"):
        messages.success(request, "Put on the rota.")
        return _to_week(form.cleaned_data["day"])
    return render(request, "people/shift_new.html", {"form": form}, status=WRONG if form.is_bound else None)


def _asked(request: StaffRequest) -> dict[str, object]:
    """What the cell that was tapped already says."""
    period = presenters.PERIODS.get(request.GET.get("period", ""), presenters.NIGHT)
    place_id = request.GET.get("place", "")
    return {
        "day": _day(request.GET.get("day", ""), request.at.date()),
        "place_id": int(place_id) if is_id(place_id) else None,
        "from_time": presenters.clock_words(period.from_minute), "until_time": presenters.clock_words(period.until_minute),
        "role": Role.ON_CALL if period is presenters.ON_CALL else Role.CARER,
    }  # fmt: skip


def _to_week(day: date) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('rota')}?week={presenters.monday_of(day).isoformat()}")


@signed_in
@require_http_methods(["GET", "POST"])
def shift(request: StaffRequest, shift_id: int) -> HttpResponse:
    viewer, facts = request.viewer, queries.shift(request.viewer, shift_id)
    zone = queries.timezone_of(facts.place_path)
    can_end = permissions.can_edit_rota(viewer, facts.place_path)
    can_end = can_end and permissions.can_hand_out(viewer, facts.role, facts.place_path)
    if request.method == "POST":
        permissions.check_edit_rota(viewer, facts.place_path)
        permissions.check_hand_out(viewer, facts.role, facts.place_path)
        try:
            actions.end_shift(shift_id=shift_id, by=staff_actor(viewer.staff_id), at=request.at)
            messages.success(request, "Done. The rota is changed.")
        except Refusal as refusal:
            messages.warning(request, f"{refusal.why}.")
        return _to_week(facts.starts_at.astimezone(zone).date())
    return render(request, "people/shift.html", {
        "shift": facts, "role": presenters.ROLE_WORDS[facts.role], "is_over": facts.ends_at <= request.at,
        "day": presenters.day_words(facts.starts_at.astimezone(zone).date()),
        "span": presenters.span_words(facts.starts_at, facts.ends_at, zone), "can_end": can_end,
        "is_running": facts.starts_at <= request.at < facts.ends_at,
    })  # fmt: skip


@signed_in
@require_POST
def week_copy(request: StaffRequest, place_id: int) -> HttpResponse:
    """Put last week's people on again in the week shown."""
    viewer, home = request.viewer, queries.place(request.viewer, place_id)
    permissions.check_edit_rota(viewer, home.path)
    zone = queries.timezone_of(home.path)
    monday = presenters.monday_of(_day(request.POST.get("week", ""), request.at.astimezone(zone).date()))
    since, until = rules.on_the_wall(monday - timedelta(days=7), 0, zone), rules.on_the_wall(monday, 0, zone)
    shifts = queries.shifts(viewer, since=since, until=until, within=home.path)
    ids = [
        s.id for s in shifts
        if since <= s.starts_at < until and s.place_path.startswith(home.path)
        and permissions.can_hand_out(viewer, s.role, s.place_path)
    ]  # fmt: skip
    made, left_out = actions.copy_week(
        place_path=home.path, shift_ids=ids, by=staff_actor(viewer.staff_id), at=request.at
    )
    words = f"{made} put on the rota" + (f", {left_out} left out: already on, gone, or over." if left_out else ".")
    (messages.success if made else messages.warning)(request, words)
    return _to_week(monday)
