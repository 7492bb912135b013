"""What may be registered, and how long things last. Pure."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from hearthlight.core.types import Refusal
from hearthlight.record.smart import scopes
from hearthlight.record.smart.types import AppKind

ACCESS_LASTS = timedelta(minutes=10)  # SMART recommends at most an hour; what is taken away is felt before that anyway
BACKEND_LASTS = timedelta(minutes=5)  # SMART Backend Services: should not exceed 5 minutes
CODE_LASTS = timedelta(minutes=1)  # RFC 6749 4.1.2: at most ten
LAUNCH_LASTS = timedelta(minutes=5)
PERMIT_LASTS = timedelta(days=30)  # then somebody signs in and says yes again
SITTING_LASTS = timedelta(hours=12)  # a permit without offline_access: one shift
ASSERTION_LASTS = timedelta(minutes=5)  # SMART Backend Services: exp no more than five minutes ahead
CLOCKS_DIFFER = timedelta(seconds=30)  # between two servers that keep their time
LONGEST_CLIENT_ID, LONGEST_URI = 40, 400
MOST_URIS = 10
MOST_KEYS = 10
LARGEST_JWKS = 32_000  # bytes
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # RFC 8252 7.1: a domain name the other way round
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 4.2: SHA-256 in base64url
ALGORITHMS = ("RS384", "ES384")  # SMART: a server must take both; nothing else is taken
SMALLEST_RSA, LARGEST_RSA = 2048, 8192  # bits: a larger one only makes us work
PRIVATE_PARTS = ("d", "p", "q", "dp", "dq", "qi", "k")


def check_redirect_uri(uri: str) -> None:
    """https, this machine itself, or a scheme of the app's own. No fragment, nothing that could be read two ways."""
    parts = _split(uri)
    if parts is None or parts.fragment or "#" in uri or parts.username is not None:
        raise Refusal(f"This is no address an app can come back to: {uri[:80]}")
    is_web = parts.scheme == "https" and bool(parts.hostname)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    is_own = bool(PRIVATE_SCHEME.fullmatch(parts.scheme)) and not parts.netloc
    if not (is_web or is_here or is_own):
        raise Refusal(f"An app comes back to an https address, not to {uri[:80]}")


def check_web_address(uri: str, *, what: str) -> None:
    parts = _split(uri)
    is_here = parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts is None or not (is_here or (parts.scheme == "https" and parts.hostname)) or parts.username is not None or "#" in uri:
        raise Refusal(f"{what} must begin with https://")


def check_https(uri: str, *, what: str) -> None:
    parts = _split(uri)
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username is not None or "#" in uri:
        raise Refusal(f"{what} must begin with https://")


def _split(uri: str) -> Any:
    if not uri or len(uri) > LONGEST_URI or not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        return None
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 — raises for what is no port
    except ValueError:
        return None
    return parts


def is_same_redirect(asked: str, registered: Sequence[str]) -> bool:
    """The very same address; on the app's own machine any port (RFC 8252 7.3), for it is chosen when the app starts."""
    return asked in registered or any(_differs_by_port_only(asked, one) for one in registered)


def _differs_by_port_only(asked: str, registered: str) -> bool:
    one, other = _split(asked), _split(registered)
    if one is None or other is None or one.scheme != "http" or one.hostname not in ("127.0.0.1", "::1"):
        return False
    if one.username is not None or one.fragment or "#" in asked:
        return False
    return (one.scheme, one.hostname, one.path, one.query) == (other.scheme, other.hostname, other.path, other.query)


def clean_lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.replace(",", "\n").split() if line.strip()))


def checked_scopes(kind: AppKind, asked: Sequence[str]) -> list[str]:
    """The most an app may be granted. A backend service has system scopes only, the others none."""
    if not asked:
        raise Refusal("Say what it may ask for, for example patient/*.rs")
    for text in asked:
        scope = scopes.parsed(text)
        is_plain = text in scopes.PLAIN and kind is not AppKind.BACKEND
        if not is_plain and scope is None:
            raise Refusal(f"{text[:60]} is no scope this record knows")
        if scope is not None and (scope.level is scopes.Level.SYSTEM) != (kind is AppKind.BACKEND):
            raise Refusal(f"{text[:60]} does not fit: system/ is for services without a user, and only for them")
    return list(dict.fromkeys(asked))


def checked_jwks(text: str) -> dict[str, Any]:
    """A key set as pasted: public keys of the two kinds we take, each with its own id."""
    if len(text) > LARGEST_JWKS:
        raise Refusal("The key set is too long")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Refusal("The key set is not JSON") from wrong
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        raise Refusal(f'The key set must look like {{"keys": [...]}}, with 1 to {MOST_KEYS} keys')
    if any(part in key for key in keys for part in PRIVATE_PARTS):
        raise Refusal("That holds a private key. It must not leave the app: make a new pair, and paste the public half")
    usable = [key for key in keys if is_usable(key)]
    ids = [key["kid"] for key in usable]
    if not usable or len(set(ids)) != len(ids):
        raise Refusal("It needs a key for RS384 (2,048 bits or more) or ES384 (P-384), each with a kid of its own")
    return {"keys": usable}


def is_usable(key: dict[str, Any]) -> bool:
    """A public key for RS384 or ES384 that says its id."""
    kid = key.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200 or any(part in key for part in PRIVATE_PARTS):
        return False
    if key.get("use", "sig") != "sig":
        return False
    if key.get("kty") == "EC":
        return key.get("crv") == "P-384" and isinstance(key.get("x"), str) and isinstance(key.get("y"), str)
    modulus = key.get("n")
    if key.get("kty") != "RSA" or not isinstance(modulus, str) or not isinstance(key.get("e"), str):
        return False
    return SMALLEST_RSA <= len(modulus) * 6 <= LARGEST_RSA + 24


def algorithm_of(key: dict[str, Any]) -> str:
    """The one algorithm a key is for: never the one a message names."""
    return "ES384" if key.get("kty") == "EC" else "RS384"
