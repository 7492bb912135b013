"""What a client can read and what it sent: formats, preferences, validators. Source: FHIR R4 §3.1.0, RFC 9110."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache

from hearthlight.record.api.types import Prefers, Problem, Return


class Format(StrEnum):
    JSON = "application/fhir+json"
    XML = "application/fhir+xml"


NAMES = {
    "json": Format.JSON, "application/json": Format.JSON, "application/fhir+json": Format.JSON, "text/json": Format.JSON,
    "xml": Format.XML, "application/xml": Format.XML, "application/fhir+xml": Format.XML, "text/xml": Format.XML,
    "application/json+fhir": Format.JSON, "application/xml+fhir": Format.XML,
}  # fmt: skip
JSON_PATCH = "application/json-patch+json"
NDJSON = "application/fhir+ndjson"
FORM = "application/x-www-form-urlencoded"
WILDCARDS = {"*/*": Format.JSON, "application/*": Format.JSON, "text/*": Format.XML}
OUR_VERSIONS = {"4.0", "4.0.0", "4.0.1"}
CHARSETS = {"utf-8", "utf8", "us-ascii"}
_QUALITY = re.compile(r"[01](\.\d{0,3})?")
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


@lru_cache(maxsize=256)
def wanted(accept: str, named: str) -> Format:
    """The format to answer in: `_format` if it is named, else the best of `Accept` that we speak. Raises Problem 406."""
    if named:
        media, parameters = _media(named.replace(" ", "+"))  # a plus in a query is a blank once decoded
        return _known(media, parameters, named)
    best, best_quality = None, 0.0
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        media, parameters = _media(part)
        quality = _quality(parameters.get("q", "1"))
        found = NAMES.get(media) if "/" in media else None
        if found and parameters.get("fhirversion", "4.0") not in OUR_VERSIONS:
            continue
        found = found or WILDCARDS.get(media)
        if found and quality > best_quality:
            best, best_quality = found, quality
    if best is None:
        raise Problem(406, "not-supported", "We write application/fhir+json and application/fhir+xml")
    return best


def _known(media: str, parameters: dict[str, str], told: str) -> Format:
    found = NAMES.get(media)
    if found is None or parameters.get("fhirversion", "4.0") not in OUR_VERSIONS:
        raise Problem(406, "not-supported", f"We do not write {told[:60]!r}: json or xml")
    return found


def _media(text: str) -> tuple[str, dict[str, str]]:
    media, *rest = text.split(";")
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"').lower()
    return media.strip().lower(), parameters


def _quality(text: str) -> float:
    return min(float(text), 1.0) if _QUALITY.fullmatch(text) else 0.0


@lru_cache(maxsize=64)
def sent(content_type: str) -> Format | str:
    """The format of a body, `JSON_PATCH` or `FORM`. Raises Problem 415."""
    media, parameters = _media(content_type)
    if parameters.get("charset", "utf-8") not in CHARSETS:
        raise Problem(415, "not-supported", "We read UTF-8 only")
    if parameters.get("fhirversion", "4.0") not in OUR_VERSIONS:
        raise Problem(415, "not-supported", "We read FHIR R4 (4.0) only")
    if media in (JSON_PATCH, FORM):
        return media
    found = NAMES.get(media) if "/" in media else None
    if found is None:
        raise Problem(415, "not-supported", "Send application/fhir+json or application/fhir+xml, and say so in Content-Type")
    return found


@lru_cache(maxsize=64)
def prefers(header: str) -> Prefers:
    """`Prefer` (RFC 7240). A preference nobody knows is ignored, as that RFC asks."""
    returns, is_strict, is_async = Return.REPRESENTATION, False, False
    for part in re.split(r"[,;]", header):
        name, _, value = (half.strip().strip('"') for half in part.partition("="))
        if name.lower() == "return":
            returns = next((each for each in Return if each.value.lower() == value.lower()), returns)
        elif name.lower() == "handling":
            is_strict = value.lower() == "strict"
        elif name.lower() == "respond-async":
            is_async = True
    return Prefers(returns, is_strict, is_async)


def etag(version: int) -> str:
    return f'W/"{version}"'


def expected_version(if_match: str) -> int | None:
    """The version an `If-Match` names; None without one. Raises Problem 400, and 412 for what can never match."""
    if not if_match or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if not found:
        raise Problem(400, "value", 'If-Match is one version, written W/"3"')
    if not re.fullmatch(r"[1-9]\d{0,17}", found[1]):
        raise Problem(412, "conflict", "There is no such version")
    return int(found[1])


def is_unchanged(version: int, at: datetime, *, if_none_match: str, if_modified_since: str) -> bool:
    """Has the client this very version already? (RFC 9110 §13.1.2 and §13.1.3: the first outweighs the second.)"""
    if if_none_match:
        return if_none_match.strip() == "*" or str(version) in _ETAG.findall(if_none_match)
    if if_modified_since:
        since = http_date(if_modified_since)
        return since is not None and at.replace(microsecond=0) <= since
    return False


def http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def as_http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
