"""Keys: the public ones apps sign their assertions with, given by value or fetched from where they say, and the one of
our own that signs id tokens.

A key set is fetched from the registered https address only: no redirects, no address inside this network, small, quick,
and kept for a while. A `kid` is compared and never used as anything else: not as a path, not in a query."""

import contextlib
import http.client
import ipaddress
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from jwcrypto import jwk

from hearthlight.core.types import Refusal
from hearthlight.record.smart import rules
from hearthlight.record.smart.models import App

KEPT_FOR = timedelta(minutes=10)
ASKED_AGAIN_AFTER = timedelta(minutes=1)  # for a kid we have not seen: a new key is taken soon, a flood asks once
PATIENCE_S = 3.0
HTTPS = 443
Fetch = Callable[[str], bytes]


class NotFetched(Refusal):
    """The keys could not be had. The sentence names no key and no address."""


class KeySets:
    """Fetched key sets, remembered by address. One per process."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[str, tuple[datetime, list[dict[str, Any]]]] = {}
        self._lock = threading.Lock()

    def find(self, app: App, kid: str, *, at: datetime) -> dict[str, Any] | None:
        """The app's usable key with this id. Raises NotFetched."""
        if not app.jwks_url:
            return _named((app.jwks or {}).get("keys", []), kid)
        with self._lock:
            then, keys = self._known.get(app.jwks_url, (None, []))
            found = _named(keys, kid)
            age = at - then if then else KEPT_FOR
            if timedelta() <= age < (KEPT_FOR if found else ASKED_AGAIN_AFTER):
                return found
            keys = self._fetched(app.jwks_url)
            self._known[app.jwks_url] = (at, keys)
            return _named(keys, kid)

    def _fetched(self, url: str) -> list[dict[str, Any]]:
        try:
            given = json.loads(self._fetch(url))
        except (ValueError, RecursionError) as wrong:
            raise NotFetched("The key set is not JSON") from wrong
        keys = given.get("keys") if isinstance(given, dict) else None
        if not isinstance(keys, list):
            raise NotFetched("The key set has no keys")
        return [key for key in keys[: rules.MOST_KEYS] if isinstance(key, dict) and rules.is_usable(key)]


def _named(keys: list[dict[str, Any]], kid: str) -> dict[str, Any] | None:
    found = [key for key in keys if key.get("kid") == kid]
    return found[0] if len(found) == 1 else None


def fetch(url: str) -> bytes:
    """The body at an https address outside this network. The address that was checked is the one connected to."""
    rules.check_https(url, what="The address of its keys")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or HTTPS
    try:
        line = http.client.HTTPSConnection(host, port, timeout=PATIENCE_S)
        plain = socket.create_connection((public_address(host, port), port), PATIENCE_S)
        line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        line.request("GET", parts.path + (f"?{parts.query}" if parts.query else "") or "/", headers={"Accept": "application/json"})
        answer = line.getresponse()
        body = answer.read(rules.LARGEST_JWKS + 1)
        line.close()
    except (OSError, http.client.HTTPException) as wrong:
        raise NotFetched("The keys could not be fetched") from wrong
    if answer.status != http.client.OK or len(body) > rules.LARGEST_JWKS:
        raise NotFetched("The keys could not be fetched")
    return body


def public_address(host: str, port: int) -> str:
    """An address of this host, all of whose addresses are out in the world: nobody points us at our own network."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(ipaddress.ip_address(one.split("%")[0]).is_global for one in found):
        raise NotFetched("The keys are not at a public address")
    return found[0]


SETS = KeySets(fetch)


@cache
def signing_key() -> jwk.JWK:
    """Our own key for id tokens (RS256), made once and kept readable by this user only."""
    kept: Path = settings.HOME / "id-token-key.pem"
    if not kept.exists():
        made = jwk.JWK.generate(kty="RSA", size=2048)
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.touch(mode=0o600)
        beside.write_bytes(made.export_to_pem(private_key=True, password=None))
        with contextlib.suppress(FileExistsError):
            os.link(beside, kept)  # whoever is first wins; a half-written key is never seen
        beside.unlink()
    key = jwk.JWK.from_pem(kept.read_bytes())
    return jwk.JWK(**{**json.loads(key.export(private_key=True)), "kid": key.thumbprint(), "use": "sig", "alg": "RS256"})


def public_keys() -> dict[str, Any]:
    return {"keys": [json.loads(signing_key().export_public())]}
