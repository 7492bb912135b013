"""The doors apps use: tokens, asking about one, giving one back, and what there is to know about us. JSON, without
cookies; any web page may ask, for the answer depends on nothing the browser adds by itself."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from hearthlight.core import clock
from hearthlight.record.smart import configuration, keys, limits
from hearthlight.record.smart.server import Server

LARGEST = 64_000  # bytes: a signed assertion and a few words
FORM = "application/x-www-form-urlencoded"
FAULTS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)


def open_to_all(method: str) -> Callable[[Callable[[HttpRequest], HttpResponse]], Callable[[HttpRequest], HttpResponse]]:
    """CORS for a door that takes no cookies (SMART App Launch 2.2, "Considerations for Cross-Origin Resource Sharing")."""

    def wrapped(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def opened(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
            elif request.method != method and not (method == "GET" and request.method == "HEAD"):
                answer = _wrong("invalid_request", f"use {method}", HTTPStatus.METHOD_NOT_ALLOWED)
            else:
                answer = view(request)
            answer["Access-Control-Allow-Origin"] = "*"
            answer["Access-Control-Allow-Methods"] = method
            answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Accept"
            return answer

        return opened

    return wrapped


def _wrong(error: str, why: str, status: HTTPStatus) -> HttpResponse:
    answer = JsonResponse({"error": error, "error_description": why}, status=status)
    answer["Cache-Control"], answer["Pragma"] = "no-store", "no-cache"
    return answer


def _answered(request: HttpRequest, ask: Callable[..., tuple[dict[str, str], str, int]]) -> HttpResponse:
    """One request to the server's protocol side, within limits."""
    at, address = clock.now(), str(request.META.get("REMOTE_ADDR", ""))
    if limits.ASKED.is_reached(address, at) or limits.WRONG.is_reached(address, at):
        answer = _wrong("slow_down", "asked too often: wait a minute", HTTPStatus.TOO_MANY_REQUESTS)
        answer["Retry-After"] = "60"
        return answer
    limits.ASKED.count(address, at)
    if request.content_type != FORM or not _is_short(request):
        return _wrong("invalid_request", f"send a short {FORM} body", HTTPStatus.BAD_REQUEST)
    answer = _told(request, ask)
    if answer.status_code in FAULTS:
        limits.WRONG.count(address, at)
    return answer


def _is_short(request: HttpRequest) -> bool:
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return told.isascii() and told.isdecimal() and len(told) < 10 and int(told) <= LARGEST and len(request.body) <= LARGEST


def _told(request: HttpRequest, ask: Callable[..., tuple[dict[str, str], str, int]]) -> HttpResponse:
    given = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
    try:
        headers, body, status = ask(request.build_absolute_uri(), "POST", request.body.decode("ascii"), given)
    except OAuth2Error as wrong:
        headers, body, status = dict(wrong.headers), wrong.json, wrong.status_code
    except ValueError:  # a body or an address that is not urlencoded
        return _wrong("invalid_request", "the body is not urlencoded", HTTPStatus.BAD_REQUEST)
    answer = HttpResponse(body, status=status, content_type="application/json")
    for name, value in headers.items():
        answer[name] = value
    answer["Cache-Control"], answer["Pragma"] = "no-store", "no-cache"
    return answer


@open_to_all("POST")
def token(request: HttpRequest) -> HttpResponse:
    return _answered(request, Server(clock.now()).create_token_response)


@open_to_all("POST")
def introspect(request: HttpRequest) -> HttpResponse:
    return _answered(request, Server(clock.now()).create_introspect_response)


@open_to_all("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    return _answered(request, Server(clock.now()).create_revocation_response)


def _public(told: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(told)
    answer["Cache-Control"] = "public, max-age=300"
    return answer


@open_to_all("GET")
def jwks(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — the same for everybody
    return _public(keys.public_keys())


@open_to_all("GET")
def smart_configuration(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — the same for everybody
    return _public(configuration.smart(settings.SITE.url))


@open_to_all("GET")
def openid_configuration(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — the same for everybody
    return _public(configuration.openid(settings.SITE.url))
