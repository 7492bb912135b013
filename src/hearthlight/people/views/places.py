"""Homes, units and rooms."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hearthlight.core.types import staff_actor
from hearthlight.people import actions, permissions, presenters, queries, rules
from hearthlight.people.forms import PlaceForm, RenameForm
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.types import PlaceKind
from hearthlight.people.views import WRONG


@signed_in
@require_safe
def places(request: StaffRequest) -> HttpResponse:
    viewer = request.viewer
    found = queries.places(viewer)
    persons = queries.persons(viewer)
    actions.note_list_read(person_ids=[p.id for p in persons], by=staff_actor(viewer.staff_id), at=request.at)
    editable = {place.id for place in found if permissions.can_edit_places(viewer, place.path)}
    return render(request, "people/places.html", {"branches": presenters.tree(found, persons), "editable": editable})


@signed_in
@require_http_methods(["GET", "POST"])
def place_new(request: StaffRequest, inside_id: int) -> HttpResponse:
    parent = queries.place(request.viewer, inside_id)
    permissions.check_edit_places(request.viewer, parent.path)
    if not rules.KINDS_INSIDE[PlaceKind(parent.kind)]:
        raise NotAllowed("Nothing can be put inside a room.")
    by = staff_actor(request.viewer.staff_id)
    form = PlaceForm(request.POST if request.method == "POST" else None, inside=PlaceKind(parent.kind))
    if request.method == "POST" and form.done(
        lambda: actions.create_place(
            kind=PlaceKind(form.cleaned_data["kind"]), name=form.cleaned_data["name"], parent_id=parent.pk,
            by=by, at=request.at,
        ),  # fmt: skip
        blame="name",
    ):
        messages.success(request, f"Added inside {parent.name}.")
        return HttpResponseRedirect(reverse("places"))
    return render(
        request, "people/place_new.html", {"form": form, "parent": parent}, status=WRONG if form.is_bound else None
    )


@signed_in
@require_http_methods(["GET", "POST"])
def place_edit(request: StaffRequest, place_id: int) -> HttpResponse:
    place = queries.place(request.viewer, place_id)
    permissions.check_edit_places(request.viewer, place.path)
    by = staff_actor(request.viewer.staff_id)
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"name": place.name})
    if request.method == "POST" and form.done(
        lambda: actions.change_place(place_id=place.pk, name=form.cleaned_data["name"], by=by, at=request.at),
        blame="name",
    ):
        messages.success(request, "Saved.")
        return HttpResponseRedirect(reverse("places"))
    return render(
        request, "people/place_edit.html", {"form": form, "place": place}, status=WRONG if form.is_bound else None
    )
