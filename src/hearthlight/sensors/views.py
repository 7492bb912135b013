"""The devices' pages: the list, one device, adding, adopting, changing, moving and retiring one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import NotAllowed, signed_in
from hearthlight.people.types import PlaceKind, Purpose, Viewer
from hearthlight.sensors import actions, family, permissions, presenters, queries, shelf
from hearthlight.sensors.forms import DeviceForm, ReassignForm
from hearthlight.sensors.permissions import KEEPERS
from hearthlight.sensors.shelf import Shown
from hearthlight.sensors.troubles import spoken
from hearthlight.sensors.types import Enrolled

WRONG = 422  # a form sent with something wrong in it, shown again
Asked = Any  # a request of somebody signed in: `viewer` and `at` are set by site.middleware


@signed_in
@require_safe
def devices(request: Asked) -> HttpResponse:
    viewer: Viewer = request.viewer
    found = queries.devices(viewer, request.at)
    named = _names(viewer, found)
    for person_id in named:
        actions.note_devices_read(person_id=person_id, by=staff_actor(viewer.staff_id), at=request.at)
    return render(request, "sensors/devices.html", {
        "shelves": presenters.shelves(found), "names": named, "worst": presenters.worst,
        "newcomers": queries.newcomers(viewer), "can_add": _can_add(viewer), "strangers": queries.strangers_refused(request.at),
    })  # fmt: skip


@signed_in
@require_safe
def device(request: Asked, device_id: str) -> HttpResponse:
    return _device_page(request, queries.device(request.viewer, device_id, request.at))


def _device_page(request: Asked, shown: Shown) -> HttpResponse:
    viewer: Viewer = request.viewer
    names = _names(viewer, [shown])
    if shown.facts.person_id is not None:
        actions.note_devices_read(person_id=shown.facts.person_id, by=staff_actor(viewer.staff_id), at=request.at)
    series = shelf.health_of(shown.facts.id, request.at)
    return render(request, "sensors/device.html", {
        "device": shown, "names": names, "worst": presenters.worst(shown), "refusals": presenters.refusals(shown),
        "readings": [(one, presenters.reading_words(one)) for one in shelf.latest_of(shown.facts.id)],
        "lines": presenters.lines(series, since=request.at - shelf.CHART_SHOWN, until=request.at),
        "purpose": dict(presenters.PURPOSES)[shown.facts.purpose], "spot": dict(presenters.SPOTS).get(shown.facts.spot, shown.facts.spot),
        "position": dict(presenters.POSITIONS).get(shown.facts.position, shown.facts.position),
        "silence": spoken(shown.silent_after), "width": presenters.CHART_WIDTH, "height": presenters.CHART_HEIGHT,
        "can_change": not shown.is_retired and permissions.can_change_devices(viewer, shown.facts.place_path),
    })  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
@never_cache
def device_new(request: Asked) -> HttpResponse:
    viewer: Viewer = request.viewer
    _check_can_add(viewer)
    of = family.found().get(request.GET.get("family", ""))
    if of is None:
        return render(request, "sensors/device_kind.html", {"families": family.found().values()})
    kind = "bridge" if of.is_bridged else "wearable"
    initial = {"base": of.base, "purpose": Purpose.FALLS}
    form = DeviceForm(request.POST if request.method == "POST" else None, kind=kind, initial=initial, **_choices(viewer))
    made: list[Enrolled] = []
    if request.method == "POST" and form.done(lambda: made.append(_enrol(request, of, form))):
        return _card_page(request, made[0])
    context = {"form": form, "family": of, "kind": kind}
    return render(request, "sensors/device_new.html", context, status=WRONG if form.is_bound else 200)


def _enrol(request: Asked, of: family.Family, form: DeviceForm) -> Enrolled:
    told = form.cleaned_data
    permissions.check_change_devices(request.viewer, people.place_facts(told["place_id"]).path)
    return actions.enrol(
        family_name=of.name, label=told["label"], place_id=told["place_id"], person_id=told.get("person_id"),
        purpose=form.purpose_given, position=told.get("position", ""), silent_after=form.silence_given,
        config=form.config_given, by=staff_actor(request.viewer.staff_id), at=request.at,
    )  # fmt: skip


def _card_page(request: Asked, enrolled: Enrolled) -> HttpResponse:
    """Shown as the answer to the form, never at an address of its own: whoever comes back later finds no secret."""
    shown = queries.device(request.viewer, enrolled.device_id, request.at)
    return render(request, "sensors/card.html", {"device": shown, "card": presenters.card_of(shown, enrolled.secret)})


@signed_in
@require_http_methods(["GET", "POST"])
def newcomer_adopt(request: Asked, newcomer_id: int) -> HttpResponse:
    viewer: Viewer = request.viewer
    newcomer = shelf.newcomer(viewer, newcomer_id)
    permissions.check_change_devices(viewer, newcomer.bridge.place.path)
    form = DeviceForm(
        request.POST if request.method == "POST" else None, kind="sensor", properties=presenters.properties_of(newcomer, {}),
        initial={"label": newcomer.address[:80], "purpose": Purpose.ROOM_MOVEMENT}, **_choices(viewer),
    )  # fmt: skip

    def adopt() -> None:
        told = form.cleaned_data
        permissions.check_change_devices(viewer, people.place_facts(told["place_id"]).path)
        actions.adopt(
            bridge_id=newcomer.bridge_id, address=newcomer.address, label=told["label"], place_id=told["place_id"],
            person_id=told["person_id"], purpose=form.purpose_given, spot=told["spot"], silent_after=form.silence_given,
            config=form.config_given, by=staff_actor(viewer.staff_id), at=request.at,
        )  # fmt: skip

    if request.method == "POST" and form.done(adopt):
        messages.success(request, "Adopted. It is heard from now on.")
        return HttpResponseRedirect(reverse("devices"))
    return render(request, "sensors/adopt.html", {"form": form, "newcomer": newcomer}, status=WRONG if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def device_change(request: Asked, device_id: str) -> HttpResponse:
    shown = _to_change(request, device_id)
    facts = shown.facts
    kind = "bridge" if shown.is_bridge else "sensor" if facts.bridge else "wearable"
    initial = {**facts.config, "word": facts.config.get("property", ""), "label": facts.label, "spot": facts.spot, "position": facts.position,
               "silent_after": int(shown.silent_after.total_seconds())}  # fmt: skip
    form = DeviceForm(
        request.POST if request.method == "POST" else None, kind=kind, initial=initial, people=(), places=(),
        without=("person_id", "place_id", "purpose", "base"), properties=presenters.properties_of(None, facts.config),
    )  # fmt: skip

    def change() -> None:
        told = form.cleaned_data
        actions.change(
            device_id=facts.id, label=told["label"], spot=told.get("spot", facts.spot), position=told.get("position", ""),
            silent_after=form.silence_given or shown.silent_after, config=form.config_given,
            by=staff_actor(request.viewer.staff_id), at=request.at,
        )  # fmt: skip

    if request.method == "POST" and form.done(change):
        messages.success(request, "Saved.")
        return _back_to(facts.id)
    return render(request, "sensors/device_change.html", {"form": form, "device": shown}, status=WRONG if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def device_reassign(request: Asked, device_id: str) -> HttpResponse:
    shown = _to_change(request, device_id)
    is_worn = not shown.is_bridge and not shown.facts.bridge
    form = ReassignForm(
        request.POST if request.method == "POST" else None, must_be_worn=is_worn,
        initial={"person_id": shown.facts.person_id if is_worn else None, "place_id": shown.facts.place_id},
        **_choices(request.viewer),
    )  # fmt: skip

    def reassign() -> None:
        told = form.cleaned_data
        permissions.check_change_devices(request.viewer, people.place_facts(told["place_id"]).path)
        actions.reassign(
            device_id=device_id, place_id=told["place_id"], person_id=told["person_id"],
            by=staff_actor(request.viewer.staff_id), at=request.at,
        )  # fmt: skip

    if request.method == "POST" and form.done(reassign):
        messages.success(request, "Moved. It counts from this moment on.")
        return _back_to(device_id)
    return render(request, "sensors/device_reassign.html", {"form": form, "device": shown}, status=WRONG if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def device_retire(request: Asked, device_id: str) -> HttpResponse:
    shown = _to_change(request, device_id)
    if request.method == "POST":
        actions.retire(device_id=device_id, by=staff_actor(request.viewer.staff_id), at=request.at)
        messages.success(request, f"{shown.facts.label} is out of service.")
        return HttpResponseRedirect(reverse("devices"))
    return render(request, "sensors/device_retire.html", {"device": shown})


@signed_in
@require_POST
@never_cache
def device_card(request: Asked, device_id: str) -> HttpResponse:
    _to_change(request, device_id)
    try:
        enrolled = actions.renew_secret(device_id=device_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    except Refusal as refusal:
        raise NotAllowed(refusal.why) from refusal
    return _card_page(request, enrolled)


@signed_in
@require_POST
def device_battery(request: Asked, device_id: str) -> HttpResponse:
    shown = queries.device(request.viewer, device_id, request.at)
    permissions.check_replace_battery(request.viewer, shown.facts.place_path)
    if shown.is_retired:
        raise NotAllowed("This device is out of service.")
    actions.replace_battery(device_id=device_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    messages.success(request, "Noted. Its next word will say how full the new battery is.")
    return _back_to(device_id)


def _to_change(request: Asked, device_id: str) -> Shown:
    shown = queries.device(request.viewer, device_id, request.at)
    permissions.check_change_devices(request.viewer, shown.facts.place_path)
    if shown.is_retired:
        raise NotAllowed("This device is out of service.")
    return shown


def _back_to(device_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("device", args=[device_id]))


def _names(viewer: Viewer, shown: list[Shown]) -> dict[int, str]:
    """The names of those the devices are about, as far as the viewer may know them."""
    wanted = {one.facts.person_id for one in shown}
    return {one.id: one.preferred_name for one in people.persons(viewer) if one.id in wanted}


def _choices(viewer: Viewer) -> dict[str, Any]:
    """The people and places a viewer may give a device to."""
    persons = [(one.id, f"{one.preferred_name}, {one.place_name}") for one in people.persons(viewer)]
    places = [
        (one.id, one.name)
        for one in people.places(viewer)
        if one.kind != PlaceKind.ORGANISATION and permissions.can_change_devices(viewer, one.path)
    ]
    return {"people": persons, "places": places}


def _can_add(viewer: Viewer) -> bool:
    return any(scope.role in KEEPERS for scope in viewer.scopes)


def _check_can_add(viewer: Viewer) -> None:
    if not _can_add(viewer):
        raise NotAllowed("Only a senior or a manager can add devices.")


