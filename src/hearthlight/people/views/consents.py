"""What a person agreed to be sensed, and their circle of care."""

from datetime import date, time, timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import staff_actor
from hearthlight.people import actions, permissions, presenters, queries
from hearthlight.people.forms import CircleForm, ConsentForm, WithdrawForm
from hearthlight.people.models import Consent, Person
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import Basis, PlaceKind, Purpose, Viewer
from hearthlight.people.views import WRONG, is_id

USUAL_REVIEW = timedelta(days=182)  # half a year, as care plans usually are; anything up to a year may be entered


@signed_in
@require_safe
def consents(request: StaffRequest, person_id: int) -> HttpResponse:
    person = _looked_up(request, person_id, "consents")
    today = actions.today_at(person.place, request.at)
    rows = queries.consents(request.viewer, person_id)
    standing = [row for row in rows if row.withdrawn_at is None]
    uncovered = [p for p in Purpose if all(row.purpose != p for row in standing)]
    return render(request, "people/consents.html", {
        "person": queries.person_facts(person_id), "has_left": person.moved_out_on is not None,
        "standing": [_shown(row, today) for row in standing],
        "withdrawn": [_shown(row, today) for row in rows if row.withdrawn_at is not None],
        "uncovered": [presenters.PURPOSES[purpose] for purpose in uncovered],
        "can_record": permissions.can_record_consent(request.viewer, person.place.path),
    })  # fmt: skip


def _looked_up(request: StaffRequest, person_id: int, part: str) -> Person:
    person = queries.person(request.viewer, person_id)
    actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part=part)
    return person


def _shown(row: Consent, today: date) -> dict[str, object]:
    return {
        "row": row, "words": presenters.PURPOSES[Purpose(row.purpose)], "basis": presenters.BASIS_WORDS[Basis(row.basis)],
        "hours": presenters.hours_words(row.from_minute, row.until_minute),
        "where": row.place.name if row.place else "anywhere in the home",
        "review_on": presenters.day_words(row.review_on), "is_overdue": row.review_on < today,
    }  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def consent_new(request: StaffRequest, person_id: int) -> HttpResponse:
    person = _looked_up(request, person_id, "consents")
    permissions.check_record_consent(request.viewer, person.place.path)
    old = _reviewed(request, person_id)
    today = actions.today_at(person.place, request.at)
    sent = request.POST if request.method == "POST" else None
    form = ConsentForm(sent, places=_near(request.viewer, person), today=today, initial=_initial(old, person, today))
    if sent is not None and form.done(
        lambda: actions.give_consent(
            person_id=person_id, **form.details(), replaces=old.pk if old else None,
            by=staff_actor(request.viewer.staff_id), at=request.at,
        )  # fmt: skip
    ):
        messages.success(request, "Recorded. It counts from this moment.")
        return HttpResponseRedirect(reverse("consents", args=[person_id]))
    context = {
        "form": form, "person": queries.person_facts(person_id), "old": old,
        "purposes": list(presenters.PURPOSES.values()),
        "bases": [(presenters.BASIS_WORDS[basis], presenters.BASIS_HINTS[basis]) for basis in Basis],
    }  # fmt: skip
    return render(request, "people/consent_new.html", context, status=WRONG if form.is_bound else None)


def _reviewed(request: StaffRequest, person_id: int) -> Consent | None:
    """The consent being reviewed and given anew, if any."""
    number = request.GET.get("replaces", "")
    return queries.consent(request.viewer, person_id, int(number)) if is_id(number) else None


def _near(viewer: Viewer, person: Person) -> list[tuple[int, str]]:
    """The person's own room, and places in the same home that consent may be limited to."""
    home = queries.home_of(person.place.path)
    inside = [p for p in queries.places(viewer) if p.path.startswith(home.path) and p.kind is not PlaceKind.HOME]
    own_first = sorted(inside, key=lambda p: (p.id != person.place_id, p.path))
    known = {p.path: p for p in inside}
    return [(p.id, presenters.path_words(p, known)) for p in own_first]


def _initial(old: Consent | None, person: Person, today: date) -> dict[str, object]:
    review_on = today + USUAL_REVIEW
    if old is None:
        return {"place_id": person.place_id, "review_on": review_on}
    is_all_day = old.from_minute == old.until_minute
    return {
        "purpose": old.purpose, "place_id": old.place_id, "basis": old.basis, "given_by": old.given_by,
        "review_on": review_on, "all_day": "yes" if is_all_day else "no",
        "from_time": None if is_all_day else time(*divmod(old.from_minute, 60)),
        "until_time": None if is_all_day else time(*divmod(old.until_minute, 60)),
    }  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def consent_withdraw(request: StaffRequest, person_id: int, consent_id: int) -> HttpResponse:
    person = _looked_up(request, person_id, "consents")
    permissions.check_record_consent(request.viewer, person.place.path)
    consent = queries.consent(request.viewer, person_id, consent_id)
    by = staff_actor(request.viewer.staff_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.done(
        lambda: actions.withdraw_consent(consent_id=consent_id, why=form.cleaned_data["why"], by=by, at=request.at)
    ):
        messages.success(request, "Withdrawn. Its sensors are refused from this moment.")
        return HttpResponseRedirect(reverse("consents", args=[person_id]))
    shown = _shown(consent, actions.today_at(person.place, request.at))
    context = {"form": form, "person": queries.person_facts(person_id), "consent": shown}
    return render(request, "people/consent_withdraw.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_http_methods(["GET", "POST"])
def circle(request: StaffRequest, person_id: int) -> HttpResponse:
    person = _looked_up(request, person_id, "circle")
    can_edit = permissions.can_edit_circle(request.viewer, person.place.path)
    staff = [(row.pk, row.name) for row in queries.staff(request.viewer)]
    form = CircleForm(request.POST if request.method == "POST" else None, staff=staff)
    if request.method == "POST":
        permissions.check_edit_circle(request.viewer, person.place.path)
        by = staff_actor(request.viewer.staff_id)
        if form.done(lambda: actions.add_to_circle(person_id=person_id, **form.cleaned_data, by=by, at=request.at)):
            messages.success(request, "Added to the circle.")
            return HttpResponseRedirect(reverse("circle", args=[person_id]))
    context = {
        "person": queries.person_facts(person_id), "members": queries.circle(request.viewer, person_id), "form": form,
        "can_edit": can_edit,
    }  # fmt: skip
    return render(request, "people/circle.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_POST
def circle_remove(request: StaffRequest, person_id: int, member_id: int) -> HttpResponse:
    person = queries.person(request.viewer, person_id)
    permissions.check_edit_circle(request.viewer, person.place.path)
    member = queries.circle_member(request.viewer, person_id, member_id)
    actions.remove_from_circle(member_id=member.pk, by=staff_actor(request.viewer.staff_id), at=request.at)
    messages.success(request, "Taken out of the circle.")
    return HttpResponseRedirect(reverse("circle", args=[person_id]))
