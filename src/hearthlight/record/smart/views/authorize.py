"""The page where somebody lets an app in, or does not: what it asks for in plain words, and for whom."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid.connect.core.exceptions import InteractionRequired, LoginRequired

from hearthlight.people import queries as people
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.people.types import PersonFacts
from hearthlight.record.smart import presenters, scopes
from hearthlight.record.smart.models import App, Launch
from hearthlight.record.smart.queries import digest_of
from hearthlight.record.smart.server import Server
from hearthlight.record.smart.views import leading_to

WRONG = 422


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that is in order: which app, for what, about whom if that is settled, and where it goes back to."""

    app: App
    scopes: list[str]
    redirect_uri: str
    state: str
    launch: Launch | None
    persons: list[PersonFacts]


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    if "none" in request.GET.get("prompt", "").split():
        return _silent(request)
    return _ask(request)


def _silent(request: HttpRequest) -> HttpResponse:
    """An app that wants no page is told no: somebody always says yes (OpenID Connect Core 3.1.2.6)."""
    try:
        found = Server(request.at).validate_authorization_request(request.build_absolute_uri())[1]["request"]  # type: ignore[attr-defined]
    except errors.OAuth2Error as wrong:
        return _refused(request, wrong)
    except ValueError:
        return _no_entry(request)
    is_here = request.user.is_authenticated
    kind = InteractionRequired if is_here else LoginRequired
    return _leave(kind(state=found.state).in_uri(found.redirect_uri))


@signed_in
def _ask(request: StaffRequest) -> HttpResponse:
    try:
        asking = _read(request)
    except errors.OAuth2Error as wrong:
        return _refused(request, wrong)
    except ValueError:
        return _no_entry(request)
    if request.method == "POST":
        return _decided(request, asking)
    return _page(request, asking)


def _read(request: StaffRequest) -> Asking:
    granted, told = Server(request.at).validate_authorization_request(request.build_absolute_uri())
    asked = told["request"]
    launch = _launch(request, asked) if "launch" in granted else None
    if launch is None:
        granted = [one for one in granted if one != "launch"]
    persons = []
    if launch is not None:
        persons = [people.person_facts(people.person(request.viewer, launch.person_id).pk)]
    elif scopes.needs_patient(granted):
        path = asked.client.place.path if asked.client.place else "/"
        persons = people.persons(request.viewer, within=path)
    return Asking(asked.client, granted, asked.redirect_uri, asked.state, launch, persons)


def _launch(request: StaffRequest, asked: Any) -> Launch | None:
    """What the app was handed when it was opened from a person's page, if it was. Raises an error the app is told."""
    word = getattr(asked, "launch", None)
    if not word:
        return None
    row = Launch.objects.filter(
        digest=digest_of(word), app=asked.client, staff_id=request.viewer.staff_id, used_at=None, ends_at__gt=request.at
    ).first()
    if row is None:
        raise errors.InvalidRequestError(description="launch is not one of ours, or is over", request=asked)
    try:
        people.person(request.viewer, row.person_id)
    except Http404 as gone:
        raise errors.AccessDeniedError(request=asked) from gone
    return row


def _page(request: StaffRequest, asking: Asking, wrong: str = "") -> HttpResponse:
    needs_person = scopes.needs_patient(asking.scopes) or asking.launch is not None
    answer = render(request, "smart/authorize.html", {
        "app": asking.app, "lines": presenters.asked(asking.scopes), "wrong": wrong, "needs_person": needs_person,
        "persons": asking.persons, "only": asking.persons[0] if asking.launch else None,
        "place": asking.app.place.name if asking.app.place else "", "address": request.get_full_path(),
    }, status=WRONG if wrong else HTTPStatus.OK)  # fmt: skip
    return leading_to(answer, asking.redirect_uri)


def _decided(request: StaffRequest, asking: Asking) -> HttpResponse:
    if request.POST.get("answer") != "yes":
        return _leave(errors.AccessDeniedError(state=asking.state).in_uri(asking.redirect_uri))
    person_id = _chosen(request, asking)
    if person_id is None and (scopes.needs_patient(asking.scopes) or asking.launch is not None):
        return _page(request, asking, "Choose whom it is about")
    if asking.launch and not Launch.objects.filter(pk=asking.launch.pk, used_at=None).update(used_at=request.at):
        return _page(request, asking, "This was answered already. Open the app again")
    headers, _, _ = Server(request.at).create_authorization_response(
        request.build_absolute_uri(), scopes=asking.scopes,
        credentials={"staff_id": request.viewer.staff_id, "user_id": request.user.pk, "person_id": person_id},
    )  # fmt: skip
    return _leave(headers["Location"])


def _chosen(request: StaffRequest, asking: Asking) -> int | None:
    """The person chosen, only if they were offered: what comes back is not believed."""
    if asking.launch:
        return asking.launch.person_id
    chosen = request.POST.get("person", "")
    return next((one.id for one in asking.persons if str(one.id) == chosen), None)


def _leave(uri: str) -> HttpResponse:
    """To wherever the app said, which was compared with its registration. An app on a phone has a scheme of its own,
    which Django's own redirect refuses."""
    answer = HttpResponse(status=HTTPStatus.FOUND)
    answer["Location"] = uri
    answer["Cache-Control"] = "no-store"
    return answer


def _refused(request: HttpRequest, wrong: errors.OAuth2Error) -> HttpResponse:
    """Told to the app where its address is known to be its own, and else only to whoever is looking."""
    if isinstance(wrong, errors.FatalClientError) or not wrong.redirect_uri:
        return _no_entry(request)
    return _leave(wrong.in_uri(wrong.redirect_uri))


def _no_entry(request: HttpRequest) -> HttpResponse:
    return render(request, "smart/no_app.html", status=HTTPStatus.BAD_REQUEST)
