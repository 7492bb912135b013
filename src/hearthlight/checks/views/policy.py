"""What a home does by score: read by everyone who works there, set by its manager."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hearthlight.checks import actions, permissions, queries
from hearthlight.checks.settings_forms import PolicyForm
from hearthlight.checks.views import WRONG
from hearthlight.core.types import staff_actor
from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import PlaceFacts, PlaceKind


@signed_in
@require_safe
def policy(request: StaffRequest) -> HttpResponse:
    kinds = (PlaceKind.HOME, PlaceKind.UNIT)
    places = [place for place in people.places(request.viewer) if place.kind in kinds and request.viewer.covers(place.path)]
    chosen = _chosen(request, places)
    row = queries.policy_row(chosen.path) if chosen else None
    return render(request, "checks/policy.html", {
        "places": places, "chosen": chosen, "policy": queries.policy_for(chosen.path) if chosen else None, "row": row,
        "source": people.place_facts(row.place_id).name if row else "",
        "can_edit": bool(chosen and permissions.can_set_policy(request.viewer, chosen.path)),
    })  # fmt: skip


def _chosen(request: StaffRequest, places: list[PlaceFacts]) -> PlaceFacts | None:
    asked = request.GET.get("place", "")
    if not asked:
        return places[0] if places else None
    found = next((place for place in places if str(place.id) == asked), None)
    if found is None:
        raise Http404("no such place")
    return found


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: StaffRequest, place_id: int) -> HttpResponse:
    place = people.place(request.viewer, place_id)
    permissions.check_set_policy(request.viewer, place.path)
    by, back = staff_actor(request.viewer.staff_id), f"{reverse('check_policy')}?place={place_id}"
    if request.method == "POST" and "clear" in request.POST:
        actions.clear_policy(place_id=place_id, by=by, at=request.at)
        messages.success(request, "This place now follows the policy above it.")
        return HttpResponseRedirect(back)
    row = queries.policy_row(place.path)
    form = PolicyForm(
        request.POST if request.method == "POST" else None, before=queries.policy_for(place.path), agreed_with=row.agreed_with if row else ""
    )
    if form.done(
        lambda: actions.set_policy(
            place_id=place_id, policy=form.policy(), agreed_with=form.cleaned_data["agreed_with"], by=by, at=request.at
        )
    ):
        messages.success(request, "Kept. It counts from the next check on.")
        return HttpResponseRedirect(back)
    context = {"form": form, "place": place, "back": back, "is_own": bool(row and row.place_id == place.pk)}
    return render(request, "checks/policy_edit.html", context, status=WRONG if form.is_bound else None)
