"""Web push to the browsers a member of staff asked to be told on (RFC 8030, 8291, 8292).

The push service in between is another company's: the words are encrypted for the browser, and unless a setting
allows names they hold none, for they also light up on a locked screen.

Written on http_ece and py_vapid rather than their wrapper pywebpush, which brings an asynchronous HTTP client we do
not use: 1.3 s and 26 MB at start, measured.
"""

import base64
import json
import os
from collections.abc import Sequence
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02

from hearthlight.people.types import StaffFacts
from hearthlight.response.types import ChannelError, Notice

NAME = "push"
TIMEOUT_S = 10  # push services answer in well under a second or not at all
TTL_S = {"URGENT": 600, "SOON": 1800, "WATCH": 3600}  # a fall told an hour late would send people to an empty room
GONE = (404, 410)  # RFC 8030, 7.3: this subscription will never work again
KEY_FILE = "push-key.pem"


class Channel:
    is_instant = False

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:
        return staff is None or not notice.address.push

    def send(self, notice: Notice) -> Sequence[str]:
        """To every browser of one member of staff: it is sent if any of them took it."""
        troubles = [trouble for one in notice.address.push if (trouble := _try(one, notice))]
        gone = tuple(endpoint for trouble in troubles for endpoint in trouble.gone)
        if len(troubles) < len(notice.address.push):
            return gone
        worst = next((trouble for trouble in troubles if not trouble.permanent), troubles[0])
        raise ChannelError(worst.code, permanent=worst.permanent, gone=gone)


def _try(subscription: dict[str, Any], notice: Notice) -> ChannelError | None:
    try:
        _post(subscription, notice)
    except ChannelError as trouble:
        return trouble
    return None


def _post(subscription: dict[str, Any], notice: Notice) -> None:
    endpoint = subscription["endpoint"]
    headers = {
        "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S[notice.severity]), "Urgency": "high" if notice.severity == "URGENT" else "normal",
        "Topic": f"alert-{notice.alert_id}", **_signed(endpoint),
    }  # fmt: skip
    try:
        body = _encrypted(json.dumps(payload(notice)).encode(), subscription["keys"])
    except (ValueError, KeyError, http_ece.ECEException):
        raise ChannelError("BAD_KEYS", permanent=True, gone=(endpoint,)) from None
    request = Request(endpoint, data=body, headers=headers, method="POST")  # noqa: S310 — checked when subscribed
    try:
        with _opener().open(request, timeout=TIMEOUT_S):
            return
    except HTTPError as refused:
        refused.close()
        if refused.code in GONE:
            raise ChannelError(f"HTTP_{refused.code}", permanent=True, gone=(endpoint,)) from None
        is_permanent = 300 <= refused.code < 500 and refused.code not in (408, 429)
        raise ChannelError(f"HTTP_{refused.code}", permanent=is_permanent) from None
    except (URLError, HTTPException, OSError):
        raise ChannelError("UNREACHABLE", permanent=False) from None


def payload(notice: Notice) -> dict[str, Any]:
    """What the browser shows (site/static/sw.js)."""
    may_name = settings.SITE.push_names
    where = f" in {notice.unit}" if notice.unit else ""
    kind = "Urgent alert" if notice.severity == "URGENT" else "Alert"
    return {
        "headline": notice.headline if may_name else f"{kind}{where}",
        "words": notice.words if may_name else "Open Hearthlight to see who and where.",
        "url": notice.url, "severity": notice.severity, "alert_id": notice.alert_id,
    }  # fmt: skip


def _encrypted(body: bytes, keys: dict[str, str]) -> bytes:
    sealed = http_ece.encrypt(
        body, salt=os.urandom(16), private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_decoded(keys["p256dh"]), auth_secret=_decoded(keys["auth"]), version="aes128gcm",
    )  # fmt: skip
    return bytes(sealed)


def _decoded(text: str) -> bytes:
    """Base64url as browsers write it: without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(endpoint: str) -> dict[str, str]:
    """Who we are, to the push service. It checks our expiry against the world's time, not a demonstration's, so the
    library dates it."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": settings.SITE.push_contact}
    return dict(key().sign(claims))


class _NoRedirects(HTTPRedirectHandler):
    """A push service does not redirect; whoever does wants us to knock somewhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@cache
def _opener() -> OpenerDirector:
    return build_opener(_NoRedirects())


@cache
def key() -> Vapid02:
    """This home's own key: made once, kept in the home folder, readable by its user only."""
    kept = Path(settings.HOME) / KEY_FILE
    if not kept.exists():
        made = Vapid02()
        made.generate_keys()
        unfinished = kept.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made.private_pem())
        unfinished.rename(kept)
    return Vapid02.from_file(str(kept))


def public_key() -> str:
    """What a browser needs to subscribe: the point, uncompressed, in base64url."""
    point = key().public_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
