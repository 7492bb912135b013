"""This phone's notifications: ask for them, and stop them."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from hearthlight.core.types import Refusal
from hearthlight.people.permissions import StaffRequest, signed_in
from hearthlight.response import actions, queries
from hearthlight.response.channels.push import public_key
from hearthlight.response.views import WRONG

LONGEST_BODY = 4096  # bytes; a subscription is about 500


@signed_in
@require_safe
def push_page(request: StaffRequest) -> HttpResponse:
    return render(request, "response/push.html", {"browsers": queries.browsers_of(request.viewer.staff_id)})


@signed_in
@require_safe
def push_key(request: StaffRequest) -> HttpResponse:  # noqa: ARG001 — the same for everyone who may ask
    return JsonResponse({"key": public_key()})


@signed_in
@require_POST
def subscribe(request: StaffRequest) -> HttpResponse:
    """Takes a browser's PushSubscription as JSON: {endpoint, keys: {p256dh, auth}}."""
    sent = _sent(request)
    keys = sent.get("keys")
    given = [sent.get("endpoint"), *(keys.get(name) if isinstance(keys, dict) else None for name in ("p256dh", "auth"))]
    if not all(isinstance(value, str) and value for value in given):
        return JsonResponse({"why": "That is not a subscription."}, status=WRONG)
    endpoint, p256dh, auth = map(str, given)
    try:
        actions.subscribe(endpoint=endpoint, p256dh=p256dh, auth=auth, by=request.viewer, at=request.at)
    except Refusal as refusal:
        return JsonResponse({"why": refusal.why}, status=WRONG)
    return JsonResponse({"subscribed": True})


@signed_in
@require_POST
def unsubscribe(request: StaffRequest) -> HttpResponse:
    endpoint = _sent(request).get("endpoint")
    if isinstance(endpoint, str) and endpoint:
        actions.unsubscribe(endpoint=endpoint, by=request.viewer, at=request.at)
    return JsonResponse({"subscribed": False})


def _sent(request: StaffRequest) -> dict[str, Any]:
    """The JSON object sent; an empty one for anything else."""
    if len(request.body) > LONGEST_BODY:
        return {}
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}
