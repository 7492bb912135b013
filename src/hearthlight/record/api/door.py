"""The door of the API: any bytes in, a FHIR answer out. An ASGI application, on the loop; the work is done in `lanes`."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from hearthlight.record.api import answers, negotiation
from hearthlight.record.api.negotiation import Format
from hearthlight.record.api.types import Answer, Asked, Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handle = Callable[[Asked], Awaitable[Answer]]

LARGEST_BODY = 10 * 1024 * 1024  # bytes: a GP's whole structured record is about 3 MB
LONGEST_ADDRESS = 8_192  # bytes of path and query (RFC 9110 §4.1 asks for 8,000)
LARGEST_HEADERS = 32_768  # bytes, all of them
MOST_HEADERS = 100
MOST_PARAMETERS = 200
SLOWEST_BODY_S = 120.0  # longest wait for a whole body
ONCE = {"authorization", "content-length", "content-type", "host", "if-match", "if-none-exist", "transfer-encoding"}
NUL = "\0"  # which PostgreSQL keeps nowhere
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOW = ", ".join(METHODS)
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
CROSS_ORIGIN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Location, ETag, Last-Modified, Location, Retry-After, X-Progress",
}
"""An app in a browser may ask with its own token; a cookie is never sent along, because we do not allow credentials."""
PREFLIGHT = CROSS_ORIGIN | {
    "access-control-allow-headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer",
    "access-control-allow-methods": ALLOW,
    "access-control-max-age": "600",
}  # fmt: skip
ALWAYS = CROSS_ORIGIN | {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept, Authorization, Cookie"}


class Door:
    """`handle` answers what came through. `base`: the API's absolute address, or empty to go by the Host header."""

    def __init__(self, handle: Handle, *, now: Callable[[], datetime], base: str = "", mounted: str = "/fhir/r4") -> None:
        self._handle, self._now, self._base, self._mounted = handle, now, base, mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        form, is_head = Format.JSON, scope["method"] == "HEAD"
        try:
            headers = _headers(scope["headers"])
            form = _form(scope["query_string"], headers)
            answer = await self._answered(scope, headers, receive)
        except _Gone:
            return
        except Exception as error:
            answer = answers.of_error(error)
        try:
            status, told, body = answers.written(answer, form)
        except Exception as error:  # a resource that JSON can hold and XML cannot
            status, told, body = answers.written(answers.of_error(error), Format.JSON)
        await _send(send, status, told, body, is_head=is_head)

    async def _answered(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Answer:
        method = scope["method"]
        if method == "OPTIONS":
            return Answer(204, headers=dict(PREFLIGHT))
        if method not in METHODS:
            raise Problem(405, "not-supported", "There is no such method here", headers={"allow": ALLOW})
        path = scope["path"].removeprefix(scope.get("root_path") or self._mounted)
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Problem(414, "too-long", f"An address of more than {LONGEST_ADDRESS} bytes: search with POST")
        if NUL in path:
            raise Problem(400, "value", "The address holds the character NUL")
        body = await _body(headers, receive) if method in ("POST", "PUT", "PATCH") else b""
        asked = Asked(
            method="GET" if method == "HEAD" else method,
            path=tuple(path.strip("/").split("/")) if path.strip("/") else (),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
            base=self._base or _base(scope, headers) + self._mounted,
            at=self._now(),
            prefers=negotiation.prefers(headers.get("prefer", "")),
        )
        return await self._handle(asked)


class _Gone(Exception):
    """The client hung up before it had said everything."""


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The parameters of a query or a form. Raises Problem."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except UnicodeDecodeError:
        raise Problem(400, "value", "A parameter is not UTF-8") from None
    except ValueError:
        raise Problem(400, "too-costly", f"More than {MOST_PARAMETERS} parameters") from None
    if any(NUL in name or NUL in value for name, value in pairs):
        raise Problem(400, "value", "A parameter holds the character NUL")
    return pairs


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name. What is told twice and may be told only once is refused, and so is a name with an underscore
    that some proxies would take for another: whoever sends them wants two readers to see two different requests."""
    if len(raw) > MOST_HEADERS or sum(len(name) + len(value) for name, value in raw) > LARGEST_HEADERS:
        raise Problem(431, "too-long", f"More than {MOST_HEADERS} headers, or {LARGEST_HEADERS} bytes of them")
    found: dict[str, str] = {}
    for name_bytes, value in raw:
        name = name_bytes.decode("latin-1").lower()
        if name not in found:
            found[name] = value.decode("latin-1")
        elif name in ONCE:
            raise Problem(400, "structure", f"The header {name} came twice")
        else:
            found[name] = f"{found[name]}, {value.decode('latin-1')}"
    if any("_" in name and name.replace("_", "-") in ONCE | found.keys() for name in found):
        raise Problem(400, "structure", "A header's name has an underscore where another has a dash")
    if "transfer-encoding" in found and "content-length" in found:
        raise Problem(400, "structure", "A body has a length or is sent in chunks, not both")
    return found


def _form(query: bytes, headers: Mapping[str, str]) -> Format:
    named = ""
    if b"_format" in query:
        named = next((value for name, value in pairs_of(query.decode("latin-1")) if name == "_format"), "")
    return negotiation.wanted(headers.get("accept", ""), named)


def _base(scope: Scope, headers: Mapping[str, str]) -> str:
    host = headers.get("host", "")
    if not HOST.fullmatch(host):
        raise Problem(400, "value", "The Host header is not a host")
    return f"{scope['scheme']}://{host}"


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """All of it, counted as it comes."""
    too_long = Problem(413, "too-long", f"More than {LARGEST_BODY} bytes", headers={"connection": "close"})
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise Problem(400, "value", "Content-Length is not a number")
    if int(told) > LARGEST_BODY:
        raise too_long
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "not-supported", "We read bodies that are not compressed", headers={"connection": "close"})
    try:
        async with asyncio.timeout(SLOWEST_BODY_S):
            return await _pieces(receive, too_long)
    except TimeoutError:
        raise Problem(408, "timeout", "The body did not come", headers={"connection": "close"}) from None


async def _pieces(receive: Receive, too_long: Problem) -> bytes:
    pieces, length, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        piece, is_more = message.get("body", b""), message.get("more_body", False)
        length += len(piece)
        if length > LARGEST_BODY:
            raise too_long
        pieces.append(piece)
    return b"".join(pieces)


async def _send(send: Send, status: int, headers: Mapping[str, str], body: bytes, *, is_head: bool) -> None:
    told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in {**ALWAYS, **headers}.items()]
    if status not in (204, 304):
        told.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": b"" if is_head or status in (204, 304) else body})
