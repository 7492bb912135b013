"""What R4 says of primitives beyond what fhirkit looks at: what is wrong with a text, or None.

Source: R4 §2.24.0.1 (primitive types) and §2.27 (resource ids)."""

import re
from collections.abc import Callable
from datetime import date

Format = Callable[[str], str | None]
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NOT_ALLOWED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+(/[\w!#$&^.+*-]+)?( ?;.*)?")  # also the short "json" and "xml" of a server's formats
SAFE_DAY = 28  # every month has so many days


def _text(text: str) -> str | None:
    if text.isprintable() and text[:1] != " ":
        return None
    if _NOT_ALLOWED.search(text):
        return "A text holds no control characters but tab, line feed and carriage return"
    return None if text.strip() else "A text has something in it besides space"


def _day(text: str) -> str | None:
    """Of a date, dateTime or instant whose form is right already: whether there was such a day."""
    if text[:4] == "0000":
        return "There is no year 0"
    day = text[8:10]
    if day.isdigit() and int(day) > SAFE_DAY:
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            return "There is no such day"
    return None


def _of(pattern: re.Pattern[str], why: str) -> Format:
    matches = pattern.fullmatch
    return lambda text: None if matches(text) else why


FORMATS: dict[str, Format] = {
    "string": _text,
    "markdown": _text,
    "date": _day,
    "dateTime": _day,
    "instant": _day,
    "id": _of(ID, "An id has 1 to 64 letters, digits, hyphens and full stops"),
    "oid": _of(_OID, "This is not an OID as a URN"),
    "uuid": _of(_UUID, "This is not a UUID as a URN"),
}
# Value sets that are grammars rather than lists (BCP 47, BCP 13).
GRAMMARS: dict[str, Format] = {
    "all-languages": _of(_LANGUAGE, "This is not a language of BCP 47"),
    "mimetypes": _of(_MEDIA_TYPE, "This is not a media type"),
    "bcp13.txt": _of(_MEDIA_TYPE, "This is not a media type"),
}
