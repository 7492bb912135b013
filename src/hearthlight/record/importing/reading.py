"""What came as a file: which kind it is, and the resources in it. Pure. Everything about it is a stranger's."""

import re
from dataclasses import dataclass
from typing import Any

from hearthlight.core.types import Refusal
from hearthlight.fhir import text, xml
from hearthlight.fhir.types import Malformed, Resource
from hearthlight.record.importing.stu3 import is_stu3
from hearthlight.record.importing.turning import rows
from hearthlight.record.importing.types import Kind

LARGEST = 16 * 1024 * 1024  # bytes; the largest structured record we have seen has one twentieth of it
MOST_ENTRIES = 20_000
SHOWN = 5  # problems named
TYPE = re.compile(r"[A-Z][A-Za-z]{1,60}")


@dataclass(frozen=True, slots=True)
class Came:
    """One resource of the file, and the names others may call it by."""

    resource: Resource
    full_url: str = ""

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        told = self.resource.get("id")
        return told if isinstance(told, str) else ""


def kind_of(body: bytes) -> Kind:
    """A Bundle in JSON or XML, or a table. Raises Refusal for what is none of them."""
    if len(body) > LARGEST:
        raise Refusal(f"The file is larger than {LARGEST // 1024 // 1024} MB")
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        raise Refusal("The file is empty")
    if start in b"{<":
        return Kind.STU3 if is_stu3([one.resource for one in entries_of(body)]) else Kind.R4
    if b"\0" in body or start == b"[":
        raise Refusal("This is neither a FHIR Bundle (JSON or XML) nor a table (CSV)")
    return Kind.RESIDENTS


def entries_of(body: bytes) -> list[Came]:
    """What is in a Bundle. Raises Refusal for what is no Bundle."""
    try:
        is_xml = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
        bundle = xml.loads(body) if is_xml else text.loads(body)
    except Malformed as malformed:
        raise Refusal("The file cannot be read: " + "; ".join(issue.diagnostics for issue in malformed.issues[:SHOWN])) from malformed
    if bundle.get("resourceType") != "Bundle":
        raise Refusal("The file holds no Bundle")
    told = bundle.get("entry", [])
    if not isinstance(told, list) or len(told) > MOST_ENTRIES:
        raise Refusal(f"A Bundle has at most {MOST_ENTRIES} entries")
    return [_entry(number, one) for number, one in enumerate(told, start=1)]


def _entry(number: int, told: Any) -> Came:
    resource = told.get("resource") if isinstance(told, dict) else None
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(resource, dict) or not isinstance(type_, str) or not TYPE.fullmatch(type_):
        raise Refusal(f"Entry {number} holds no resource")
    full_url = told.get("fullUrl")
    return Came(resource, full_url if isinstance(full_url, str) else "")


def nhs_number_of(entries: list[Came]) -> str:
    """The NHS number of the one Patient in the file; empty where it has none. Refusal where there are several people."""
    numbers = {number for one in patients_in(entries) for number in _numbers(one.resource)}
    if len(numbers) > 1:
        raise Refusal("The file gives several NHS numbers: it must be about one person")
    return next(iter(numbers), "")


def patients_in(entries: list[Came]) -> list[Came]:
    found = [one for one in entries if one.type == "Patient"]
    if len({one.id for one in found}) > 1:
        raise Refusal("The file is about several people: bring in one person's at a time")
    return found


def _numbers(patient: Resource) -> list[str]:
    return [
        "".join(letter for letter in str(one.get("value", "")) if letter.isdigit())
        for one in rows(patient.get("identifier"))
        if str(one.get("system", "")).endswith("/nhs-number") and one.get("value")
    ]
