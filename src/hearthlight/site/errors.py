"""The pages for when something went wrong. The one for a crash asks nothing of the database or the session."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from hearthlight.site.look import Look

CRASHED = "Something went wrong on our side. Devices are still being listened to. Try again; if it stays, tell your manager."


def _page(request: HttpRequest, status: HTTPStatus, title: str, words: str) -> HttpResponse:
    return render(request, "site/error.html", {"title": title, "words": words}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 — Django's signature
    return _page(request, HTTPStatus.BAD_REQUEST, "That could not be read", "Go back and try once more.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, HTTPStatus.FORBIDDEN, "Not for you", "Your role does not open this page. Your manager can help.")


def no_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    words = "This page had been open too long, so nothing was sent. Go back, load the page again, and send it once more."
    return _page(request, HTTPStatus.FORBIDDEN, "Please send that again", words)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, HTTPStatus.NOT_FOUND, "Nothing here", "There is no such page, or it is not one you may see.")


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    context: dict[str, object] = {
        "title": "Something went wrong", "words": CRASHED, "viewer": None, "at": None, "live_since": 0,
        "look": Look("auto", "auto"), "messages": [], "request": None,
    }  # fmt: skip
    return HttpResponse(render_to_string("site/error.html", context), status=HTTPStatus.INTERNAL_SERVER_ERROR)
