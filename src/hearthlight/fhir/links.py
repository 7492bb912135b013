"""What a Reference points to, by type. Source: R4 §2.3.0 (references), §3.1.5 (resolving in Bundles)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .definitions import resource_types
from .types import Resource

_LITERAL = re.compile(r"(?:https?://[^\s?#]+/)?([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#.*)?")
_CONDITIONAL = re.compile(r"([A-Za-z]+)\?.+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def of_bundle(resource: Resource) -> dict[str, str]:
    """The types of a Bundle's entries by their fullUrl."""
    entries = resource.get("entry") if resource.get("resourceType") == "Bundle" else None
    found = {}
    for entry in entries if isinstance(entries, list) else ():
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and isinstance(entry.get("fullUrl"), str):
            found[entry["fullUrl"]] = str(inner.get("resourceType"))
    return found


def type_of(literal: str, contained: Mapping[str, str], fullurls: Mapping[str, str]) -> str:
    """The type that a literal reference names or leads to; empty where it does not tell."""
    if literal[:1] == "#":
        return contained.get(literal[1:], "")
    if literal in fullurls:
        return fullurls[literal]
    match = _LITERAL.fullmatch(literal) or _CONDITIONAL.fullmatch(literal)
    return match[1] if match and match[1] in resource_types() else ""


def problems(
    reference: Mapping[str, Any], targets: frozenset[str], contained: Mapping[str, str], fullurls: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Issue type and sentence for each thing wrong with where a Reference points."""
    literal, said = reference.get("reference"), reference.get("type")
    found = ""
    if isinstance(literal, str):
        found = type_of(literal, contained, fullurls)
        if not found and literal[:1] != "#" and not _SCHEME.match(literal):
            yield "value", "A reference is Type/id, a URL, a URN, or #id of a contained resource"
    if isinstance(said, str) and said in resource_types():
        if found and found != said:
            yield "value", f"The reference leads to a {found} but says it is a {said}"
        found = found or said
    if targets and found and found not in targets:
        yield "value", f"Points to {found}; may point to {', '.join(sorted(targets))}"
