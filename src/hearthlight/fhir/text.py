"""JSON as FHIR means it: what was written comes back, number for number, and what cannot come back is refused.

`72.50` stays `72.50` (R4 §2.24.0.1: precision has meaning), so numbers with a point or an exponent are Decimals. Refused
as Malformed: duplicate members, NaN and Infinity, lone surrogates, nesting and numbers that nobody needs and that cost
whoever reads them next."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

from .types import Issue, Malformed, Resource, Severity

DEEPEST = 64
"""Levels of objects and arrays. The deepest official example has 18; Bundles of Questionnaires in use stay under 40."""
LONGEST_NUMBER = 64
"""Characters. FHIR asks for 18 significant digits."""
LARGEST_EXPONENT = 308
"""Beyond it most readers, whose numbers are doubles, see zero or infinity."""
SAFE_INTEGER = 18  # characters that surely fit 64 bits

# A decimal where text has no spaces, which may find words besides. Three patterns, each with a beginning to look for, are
# twenty times faster than one.
_DECIMALS = tuple(re.compile(begin + rb"-?[0-9]+[.eE]") for begin in (b'":', rb"\[", b","))
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_EXACTLY = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def loads(body: bytes) -> Resource:
    """The JSON object in `body`. Whether it is a sound resource, `check` says. Raises Malformed."""
    root = value(body)
    if not isinstance(root, dict):
        _refuse("structure", "A resource is a JSON object")
    return root


def value(body: bytes) -> Any:
    """Any JSON document in `body` (a JSON Patch is an array). Raises Malformed."""
    root = _as_orjson_reads_it(body)
    if root is None:
        root = _as_written(body)
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        _check_depth(root)
    return root


def dumps(resource: Any) -> bytes:
    """Canonical text: UTF-8, members in the order given, no spaces, decimals as they were written. A float is written as
    the shortest number that reads back as it: whoever means precision gives a Decimal."""
    return orjson.dumps(resource, default=_decimal_text, option=_EXACTLY)


def sorted_text(part: Any) -> bytes:
    """Text that is the same for any two values that are equal, whatever order their members came in."""
    return orjson.dumps(part, default=_decimal_text, option=_EXACTLY | orjson.OPT_SORT_KEYS)


def number(text: str) -> int | Decimal | None:
    """A number by JSON's grammar, as `loads` reads it; None for other text. Raises Malformed for an absurd one."""
    if not _NUMBER.fullmatch(text):
        return None
    return _integer(text) if text.removeprefix("-").isdigit() else _decimal(text)


def _as_orjson_reads_it(body: bytes) -> Any:
    """The quick way, twice as fast, for text that has no decimals and that orjson writes back to the letter:
    then it has no duplicate member, no large number and no other surprise either. None: it has, or may have."""
    if any(pattern.search(body) for pattern in _DECIMALS):
        return None
    try:
        root = orjson.loads(body)
        return root if orjson.dumps(root) == body and b"\\u00" not in body else None
    except ValueError:
        return None  # what is wrong, the careful way says


def _as_written(body: bytes) -> Any:
    try:
        root = _DECODER.decode(body.removeprefix(b"\xef\xbb\xbf").decode())
        if b"\\u" in body:
            _check_characters(root)
    except UnicodeDecodeError:
        _refuse("structure", "The text is not UTF-8")
    except RecursionError:
        _refuse("too-costly", f"Nested more than {DEEPEST} levels deep")
    except json.JSONDecodeError as error:
        _refuse("structure", f"Not JSON: {error.msg} at character {error.pos}")
    return root


def _members(pairs: list[tuple[str, Any]]) -> Resource:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("structure", "A member is named twice in one object")
    return members


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        _refuse("too-long", f"A number has more than {LONGEST_NUMBER} characters")
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that even Decimal has no room for
        _refuse("too-long", f"A number has an exponent over {LARGEST_EXPONENT}")
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        _refuse("too-long", f"A number has an exponent over {LARGEST_EXPONENT}")
    return number


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= SAFE_INTEGER and text != "-0" else _decimal(text)


def _no_number(text: str) -> NoReturn:
    _refuse("structure", f"{text} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_decimal, parse_int=_integer, parse_constant=_no_number
)


def _decimal_text(other: Any) -> orjson.Fragment:
    if not isinstance(other, Decimal) or not other.is_finite():
        raise TypeError(f"{type(other).__name__} has no place in a resource")
    return orjson.Fragment(str(other))


def _check_characters(root: Any) -> None:
    """Escapes can smuggle in half a character, which no text can hold, and NUL, which no database does."""
    try:
        text = dumps(root)
    except TypeError:
        _refuse("structure", "A string holds half a character (a lone surrogate)")
    if b"\\u0000" in text and _has_nul(root):
        _refuse("structure", "A string holds the character NUL")


def _has_nul(root: Any) -> bool:
    level: list[Any] = [root]
    while level:
        if any(isinstance(each, str) and "\0" in each for each in level):
            return True
        level = [part for each in level for part in _parts(each)]
    return False


def _parts(each: Any) -> Iterable[Any]:
    if isinstance(each, dict):
        return (*each, *each.values())
    return each if isinstance(each, list) else ()


def _check_depth(root: Any) -> None:
    level: list[Any] = [[root]]
    for _ in range(DEEPEST + 1):
        level = [
            part
            for each in level
            for part in (each.values() if isinstance(each, dict) else each)
            if isinstance(part, dict | list)
        ]
        if not level:
            return
    _refuse("too-costly", f"Nested more than {DEEPEST} levels deep")


def _refuse(code: str, diagnostics: str) -> NoReturn:
    raise Malformed([Issue(Severity.FATAL, code, diagnostics)])
