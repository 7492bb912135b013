"""The list of people, their details and their photo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hearthlight.core.types import staff_actor
from hearthlight.people import actions, permissions, presenters, queries
from hearthlight.people.forms import MoveOutForm, ParticularsForm, PersonForm
from hearthlight.people.models import Person
from hearthlight.people.particulars import particulars_of
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import PlaceFacts, PlaceKind, Viewer
from hearthlight.people.views import WRONG

PHOTO_KEPT_S = 24 * 3600  # by this browser only; the address changes with the photo


@signed_in
@require_safe
def people(request: StaffRequest) -> HttpResponse:
    viewer, search, within = request.viewer, request.GET.get("search", ""), request.GET.get("within", "")
    places = queries.places(viewer)
    narrowed = [place for place in places if place.kind in (PlaceKind.HOME, PlaceKind.UNIT)]
    path = next((place.path for place in narrowed if str(place.id) == within), "/")
    is_gone = request.GET.get("gone") == "1"
    persons = queries.persons(viewer, search, within=path, gone=is_gone)
    actions.note_list_read(person_ids=[p.id for p in persons], by=staff_actor(viewer.staff_id), at=request.at)
    due = queries.reviews_due(viewer, request.at)
    return render(request, "people/people.html", {
        "persons": persons, "search": search[: queries.LONGEST_SEARCH], "within": within, "is_gone": is_gone,
        "narrowed": [(place, presenters.path_words(place, {p.path: p for p in places})) for place in narrowed],
        "due": {review.person_id for review in due}, "can_add": bool(_rooms(viewer)),
    })  # fmt: skip


def _rooms(viewer: Viewer) -> list[tuple[int, str]]:
    """Where this viewer may let someone live."""
    return presenters.room_choices(_editable(viewer))


def _editable(viewer: Viewer) -> list[PlaceFacts]:
    return [place for place in queries.places(viewer) if permissions.can_edit_people(viewer, place.path)]


@signed_in
@require_http_methods(["GET", "POST"])
def person_new(request: StaffRequest) -> HttpResponse:
    viewer, by = request.viewer, staff_actor(request.viewer.staff_id)
    rooms = _rooms(viewer)
    if not rooms:
        raise permissions.NotAllowed("Only a manager of a home with rooms can add a person.")
    form = PersonForm(*_sent(request), rooms=rooms, today=request.at.date(), has_photo=False)
    made: list[int] = []
    if request.method == "POST" and form.done(
        lambda: made.append(actions.admit_person(**form.details(), by=by, at=request.at)), blame="nhs_number"
    ):
        if form.cleaned_data["photo"]:
            actions.set_photo(person_id=made[0], uploaded=form.cleaned_data["photo"], by=by, at=request.at)
        messages.success(request, "Added. Now record what they agree to be sensed.")
        return HttpResponseRedirect(reverse("consents", args=[made[0]]))
    status = WRONG if form.is_bound else None
    return render(request, "people/person_new.html", {"form": form}, status=status)


def _sent(request: HttpRequest) -> tuple[object, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


@signed_in
@require_http_methods(["GET", "POST"])
def person_edit(request: StaffRequest, person_id: int) -> HttpResponse:
    viewer, by = request.viewer, staff_actor(request.viewer.staff_id)
    person = queries.person(viewer, person_id)
    permissions.check_edit_people(viewer, person.place.path)
    actions.note_read(person_id=person_id, by=by, at=request.at, part="details")
    form = PersonForm(
        *_sent(request), rooms=_rooms(viewer), today=request.at.date(), has_photo=bool(person.photo_digest),
        initial=_details(person),
    )  # fmt: skip
    if request.method == "POST" and _saved(request, form, person_id):
        messages.success(request, "Saved.")
        return HttpResponseRedirect(reverse("person_edit", args=[person_id]))
    context = {"form": form, "person": queries.person_facts(person_id), "has_left": person.moved_out_on is not None}
    return render(request, "people/person_edit.html", context, status=WRONG if form.is_bound else None)


def _details(person: Person) -> dict[str, object]:
    number = person.nhs_number or ""
    shown = {name: getattr(person, name) for name in actions.DESCRIBED}
    return {**shown, "nhs_number": f"{number[:3]} {number[3:6]} {number[6:]}".strip()}


def _saved(request: StaffRequest, form: PersonForm, person_id: int) -> bool:
    by, at = staff_actor(request.viewer.staff_id), request.at
    if not form.done(
        lambda: actions.change_person(person_id=person_id, **form.details(), by=by, at=at), blame="nhs_number"
    ):
        return False
    if form.cleaned_data["photo"]:
        actions.set_photo(person_id=person_id, uploaded=form.cleaned_data["photo"], by=by, at=at)
    elif form.cleaned_data.get("remove_photo"):
        actions.remove_photo(person_id=person_id, by=by, at=at)
    return True


@signed_in
@require_http_methods(["GET", "POST"])
def particulars(request: StaffRequest, person_id: int) -> HttpResponse:
    viewer, by = request.viewer, staff_actor(request.viewer.staff_id)
    person = queries.person(viewer, person_id)
    permissions.check_edit_people(viewer, person.place.path)
    actions.note_read(person_id=person_id, by=by, at=request.at, part="particulars")
    row = particulars_of(person)
    form = ParticularsForm(request.POST if request.method == "POST" else None, initial=presenters.particulars(row))
    if request.method == "POST" and form.done(
        lambda: actions.change_particulars(person_id=person_id, told=form.told(), by=by, at=request.at)
    ):
        messages.success(request, "Saved.")
        return HttpResponseRedirect(reverse("person_edit", args=[person_id]))
    context = {"form": form, "person": queries.person_facts(person_id)}
    return render(request, "people/particulars.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_http_methods(["GET", "POST"])
def move_out(request: StaffRequest, person_id: int) -> HttpResponse:
    viewer, by = request.viewer, staff_actor(request.viewer.staff_id)
    person = queries.person(viewer, person_id)
    permissions.check_edit_people(viewer, person.place.path)
    form = MoveOutForm(request.POST or None, initial={"on": request.at.date()})
    if request.method == "POST" and form.done(
        lambda: actions.move_out(person_id=person_id, on=form.cleaned_data["on"], by=by, at=request.at), blame="on"
    ):
        messages.success(request, f"{person.shown_name} has moved out. Nothing is sensed for them any more.")
        return HttpResponseRedirect(reverse("people"))
    context = {"form": form, "person": queries.person_facts(person_id)}
    return render(request, "people/move_out.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_safe
def photo(request: StaffRequest, person_id: int) -> HttpResponse:
    jpeg, version = queries.photo(request.viewer, person_id)
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part="photo")
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["Cache-Control"] = f"private, max-age={PHOTO_KEPT_S}"
    response["ETag"] = f'"{version}"'
    return response
