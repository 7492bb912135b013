"""The entries of a batch or transaction, read and judged before anything is written (§3.1.0.11)."""

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from hearthlight.fhir.types import Issue
from hearthlight.record.api import capabilities, negotiation, writing
from hearthlight.record.api.capabilities import Interaction
from hearthlight.record.api.types import Asked, Prefers, Problem, Resource, Return
from hearthlight.record.api.writing import Change
from hearthlight.record.types import Access

MOST_ENTRIES = 1_000  # a tenth of a second or two of the one writer's time
ORDER = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")  # §3.1.0.11.2
WRITES = {"POST": Interaction.CREATE, "PUT": Interaction.UPDATE, "PATCH": Interaction.PATCH, "DELETE": Interaction.DELETE}
CONDITIONS = {"ifNoneMatch": "if-none-match", "ifModifiedSince": "if-modified-since", "ifMatch": "if-match", "ifNoneExist": "if-none-exist"}
MINIMAL = Prefers(returns=Return.MINIMAL)


@dataclass(slots=True)
class Entry:
    """One entry: where it stands, what it asks. `change` is what it writes; a reading has none. `is_done` is set where
    an If-None-Exist found that there is nothing left to create."""

    index: int
    asked: Asked
    full_url: str = ""
    change: Change | None = None
    apply: Callable[[Resource], Resource] | None = None
    issues: tuple[Issue, ...] = field(default=())

    @property
    def place(self) -> str:
        return f"Bundle.entry[{self.index}]"


def of_bundle(asked: Asked, bundle: Resource, access: Access) -> list[Entry | Problem]:
    """Each entry, or why it cannot be done. Raises Problem where the Bundle itself is wrong."""
    told = bundle.get("entry", [])
    if not isinstance(told, list):
        raise Problem(400, "structure", "entry is a list", expression="Bundle.entry")
    if len(told) > MOST_ENTRIES:
        raise Problem(413, "too-costly", f"More than {MOST_ENTRIES} entries", expression="Bundle.entry")
    found: list[Entry | Problem] = []
    for index, entry in enumerate(told):
        try:
            found.append(_entry(asked, index, entry, access))
        except Problem as problem:
            found.append(at(problem, index))
    return found


def at(problem: Problem, index: int) -> Problem:
    """The same problem, told as the entry's."""
    issues = [replace(issue, expression=f"Bundle.entry[{index}]" + _below(issue.expression)) for issue in problem.issues]
    return Problem(problem.status, "", "", issues=issues, headers=problem.headers)


def _below(expression: str) -> str:
    if not expression or expression.startswith("Bundle.entry"):
        return ""
    return ".resource" + "".join(f".{part}" for part in expression.split(".")[1:])


def _entry(asked: Asked, index: int, entry: object, access: Access) -> Entry:
    if not isinstance(entry, dict) or not isinstance(request := entry.get("request"), dict):
        raise Problem(400, "required", "An entry has a request")
    method, url = request.get("method"), request.get("url")
    if method not in ORDER or not isinstance(url, str):
        raise Problem(400, "value", f"An entry's request has a method ({', '.join(ORDER)}) and a url")
    path, query = _address(url, asked.base)
    own = replace(
        asked, method="GET" if method == "HEAD" else method, path=path, query=query, body=b"", headers=_headers(request),
        prefers=asked.prefers if "return=" in asked.header("prefer") else MINIMAL,
    )  # fmt: skip
    full_url = entry.get("fullUrl", "")
    made = Entry(index, own, full_url if isinstance(full_url, str) else "")
    if method not in ("GET", "HEAD"):
        _judge(made, entry.get("resource"), access)
    return made


def _address(url: str, base: str) -> tuple[tuple[str, ...], str]:
    path, _, query = url.removeprefix(f"{base}/").removeprefix("/").partition("?")
    if len(url) > 2_000 or "://" in path or "\0" in unquote(path):
        raise Problem(400, "value", "An entry's url stands below this server's base")
    return tuple(unquote(path).strip("/").split("/")) if path.strip("/") else (), query


def _headers(request: Resource) -> dict[str, str]:
    told = {"content-type": negotiation.Format.JSON.value}
    for name, header in CONDITIONS.items():
        if name in request:
            if not isinstance(request[name], str):
                raise Problem(400, "value", f"{name} is text")
            told[header] = request[name]
    return told


def _judge(entry: Entry, resource: object, access: Access) -> None:
    """May it be done, and is the resource sound?"""
    asked = entry.asked
    if not 1 <= len(asked.path) <= 2:
        raise Problem(400, "value", "An entry writes to Type, Type/id or Type?criteria")
    type_, id_ = asked.path[0], asked.path[1] if len(asked.path) == 2 else ""
    capability = capabilities.allowed(access, type_, WRITES[asked.method])
    change = Change(
        asked, access, capability, id=id_, criteria=_criteria(asked, id_),
        if_match=negotiation.expected_version(asked.header("if-match")),
        must_be_new=asked.method == "PUT" and asked.header("if-none-match").strip() == "*",
    )  # fmt: skip
    if asked.method == "PATCH":
        entry.apply = _patch(resource)
    elif asked.method != "DELETE":
        change = replace(change, resource=_sound(type_, id_, resource))
        change = replace(change, issues=writing.checked(change.resource or {}))
    if asked.method == "POST" and id_:
        raise Problem(400, "value", "What is created has no id in its url")
    if asked.method != "POST" and not id_ and not change.criteria:
        raise Problem(400, "required", "An id, or criteria, in the entry's url")
    entry.change = change


def _criteria(asked: Asked, id: str) -> str:  # noqa: A002 — FHIR's word
    if asked.method == "POST":
        return asked.header("if-none-exist").removeprefix("?").split("?")[-1]
    return "" if id else asked.query


def _sound(type: str, id: str, resource: object) -> Resource:  # noqa: A002
    if not isinstance(resource, dict) or resource.get("resourceType") != type:
        raise Problem(400, "structure", f"The entry's resource is no {type}")
    if id and resource.get("id") != id:
        raise Problem(400, "value", "The id in the resource and the id in the url differ", expression=f"{type}.id")
    return resource


def _patch(resource: object) -> Callable[[Resource], Resource]:
    """A Binary that holds a JSON Patch, or Parameters that are a FHIRPath Patch (§3.1.0.7)."""
    if not isinstance(resource, dict):
        raise Problem(400, "required", "A patch is a Binary with a JSON Patch, or Parameters")
    if resource.get("resourceType") == "Binary" and resource.get("contentType") == negotiation.JSON_PATCH:
        try:
            body = base64.b64decode(str(resource.get("data", "")), validate=True)
        except binascii.Error:
            raise Problem(400, "value", "Binary.data is base64") from None
        return writing.patch_of(body, negotiation.JSON_PATCH)
    return writing.patch_by(resource)


URN = re.compile(r"urn:(uuid|oid):\S+")


def named(entries: Sequence[Entry]) -> dict[str, str]:
    """Where each entry that is created or updated will be found: full URL → `Type/id`. A created one is given its id
    here, so that the others can point to it; where its room gives it another, that is known once it is written."""
    mapping: dict[str, str] = {}
    for entry in entries:
        change = entry.change
        if change is None or change.resource is None:
            continue
        if entry.asked.method == "POST":
            change.resource["id"] = str(uuid.uuid4())
        id_ = change.id or change.resource.get("id")
        if entry.full_url and id_ and (entry.asked.method == "POST" or change.id):
            if entry.full_url in mapping and URN.fullmatch(entry.full_url):
                raise at(Problem(400, "duplicate", "Two entries have one fullUrl"), entry.index)
            mapping[entry.full_url] = f"{change.type}/{id_}"
    return mapping
