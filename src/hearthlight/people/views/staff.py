"""Who works here, as what, and the link that sets a password."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import actions, permissions, presenters, queries
from hearthlight.people.forms import NewStaffForm, RoleForm, StaffForm
from hearthlight.people.models import Staff
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.types import PlaceFacts, Role, Viewer
from hearthlight.people.views import WRONG

A_DAY_S = 24 * 3600


def _editable(viewer: Viewer) -> list[PlaceFacts]:
    return [place for place in queries.places(viewer) if permissions.can_edit_staff(viewer, place.path)]


def _check_any(viewer: Viewer) -> list[PlaceFacts]:
    """These pages are for those who look after staff somewhere."""
    found = _editable(viewer)
    if not found:
        raise NotAllowed("Only a manager can see and change staff.")
    return found


def _choices(places: list[PlaceFacts]) -> list[tuple[int, str]]:
    known = {place.path: place for place in places}
    return [(place.id, presenters.path_words(place, known)) for place in places]


@signed_in
@require_safe
def staff(request: StaffRequest) -> HttpResponse:
    _check_any(request.viewer)
    held: dict[int, list[str]] = {}
    for grant in queries.grants(request.viewer, request.at):
        held.setdefault(grant.staff_id, []).append(f"{presenters.ROLE_WORDS[Role(grant.role)]}, {grant.place.name}")
    rows = [(row, held.get(row.pk, [])) for row in queries.staff(request.viewer)]
    return render(request, "people/staff.html", {"rows": rows})


@signed_in
@require_http_methods(["GET", "POST"])
def staff_new(request: StaffRequest) -> HttpResponse:
    places = _check_any(request.viewer)
    form = NewStaffForm(request.POST if request.method == "POST" else None, places=_choices(places))
    made: list[int] = []
    by = staff_actor(request.viewer.staff_id)
    if request.method == "POST" and form.done(
        lambda: made.append(actions.add_staff(**form.cleaned_data, by=by, at=request.at)), blame="username"
    ):
        return _link_page(request, queries.staff_member(request.viewer, made[0]))
    return render(request, "people/staff_new.html", {"form": form}, status=WRONG if form.is_bound else None)


def _link_page(request: StaffRequest, member: Staff) -> HttpResponse:
    """The link, shown once and kept nowhere: it holds a signature of the account as it is, so it works until a
    password is set with it, or until it is too old."""
    actions.note_link(staff_id=member.pk, by=staff_actor(request.viewer.staff_id), at=request.at)
    key = default_token_generator.make_token(member.user)
    address = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(member.user), "key": key}
    )
    context = {"member": member, "link": f"{settings.SITE.url}{address}", "days": settings.PASSWORD_RESET_TIMEOUT // A_DAY_S}
    return render(request, "people/staff_link.html", context)


def _answered_for(request: StaffRequest, staff_id: int) -> Staff:
    """The member of staff, if the viewer may change them."""
    _check_any(request.viewer)
    member = queries.staff_member(request.viewer, staff_id)
    permissions.check_answer_for(request.viewer, *_held(member, request))
    return member


def _held(member: Staff, request: StaffRequest) -> tuple[list[tuple[Role, str]], str]:
    based_at = member.based_at.path if member.based_at else ""
    return queries.authority(staff_id=member.pk, at=request.at), based_at


@signed_in
@require_http_methods(["GET", "POST"])
def staff_member(request: StaffRequest, staff_id: int) -> HttpResponse:
    viewer, places = request.viewer, _check_any(request.viewer)
    member = queries.staff_member(viewer, staff_id)
    can_change = permissions.can_answer_for(viewer, *_held(member, request))
    initial = {"name": member.name, "email": member.user.email, "phone": member.phone}
    form = StaffForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        _answered_for(request, staff_id)
        by = staff_actor(viewer.staff_id)
        if form.done(lambda: actions.change_staff(staff_id=staff_id, **form.cleaned_data, by=by, at=request.at)):
            messages.success(request, "Saved.")
            return HttpResponseRedirect(reverse("staff_member", args=[staff_id]))
    grants = [grant for grant in queries.grants(viewer, request.at) if grant.staff_id == staff_id]
    context = {
        "member": member, "form": form, "can_change": can_change, "is_self": staff_id == viewer.staff_id,
        "grants": [(g, presenters.ROLE_WORDS[Role(g.role)], _may_end(viewer, g.role, g.place.path)) for g in grants],
        "role_form": _role_form(viewer, places),
    }  # fmt: skip
    return render(request, "people/staff_member.html", context, status=WRONG if form.is_bound else None)


def _may_end(viewer: Viewer, role: str, path: str) -> bool:
    return permissions.can_edit_staff(viewer, path) and permissions.can_hand_out(viewer, Role(role), path)


def _role_form(viewer: Viewer, places: list[PlaceFacts], data: object = None) -> RoleForm:
    roles = [role for role in Role if any(permissions.can_hand_out(viewer, role, place.path) for place in places)]
    return RoleForm(data, roles=roles, places=_choices(places))


@signed_in
@require_http_methods(["GET", "POST"])
def role_new(request: StaffRequest, staff_id: int) -> HttpResponse:
    viewer, places = request.viewer, _check_any(request.viewer)
    member = queries.staff_member(viewer, staff_id)
    form = _role_form(viewer, places, request.POST if request.method == "POST" else None)

    def give() -> None:
        place = queries.place(viewer, form.cleaned_data["place_id"])
        permissions.check_edit_staff(viewer, place.path)
        permissions.check_hand_out(viewer, form.cleaned_data["role"], place.path)
        by = staff_actor(viewer.staff_id)
        actions.give_role(staff_id=staff_id, role=form.cleaned_data["role"], place_id=place.pk, by=by, at=request.at)

    if request.method == "POST" and form.done(give):
        messages.success(request, "Role given. It counts from this moment.")
        return HttpResponseRedirect(reverse("staff_member", args=[staff_id]))
    return render(
        request, "people/role_new.html", {"form": form, "member": member}, status=WRONG if form.is_bound else None
    )


@signed_in
@require_POST
def role_end(request: StaffRequest, grant_id: int) -> HttpResponse:
    grant = queries.grant(request.viewer, grant_id, request.at)
    permissions.check_edit_staff(request.viewer, grant.place.path)
    permissions.check_hand_out(request.viewer, Role(grant.role), grant.place.path)
    permissions.check_not_self(request.viewer, grant.staff_id)
    actions.end_role(grant_id=grant_id, by=staff_actor(request.viewer.staff_id), at=request.at)
    messages.success(request, "Role ended.")
    return HttpResponseRedirect(reverse("staff_member", args=[grant.staff_id]))


@signed_in
@require_POST
def staff_link(request: StaffRequest, staff_id: int) -> HttpResponse:
    member = _answered_for(request, staff_id)
    if member.left_at is not None:
        raise NotAllowed("This member of staff has left.")
    return _link_page(request, member)


@signed_in
@require_POST
def staff_leave(request: StaffRequest, staff_id: int) -> HttpResponse:
    member = _answered_for(request, staff_id)
    permissions.check_not_self(request.viewer, staff_id)
    try:
        actions.leave(staff_id=staff_id, by=staff_actor(request.viewer.staff_id), at=request.at)
        messages.success(request, f"{member.name} has left and can no longer sign in.")
    except Refusal as refusal:
        messages.warning(request, refusal.why)
    return HttpResponseRedirect(reverse("staff"))
