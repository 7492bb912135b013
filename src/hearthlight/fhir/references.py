"""Who a resource points to, and pointing it elsewhere: what a transaction does once it knows where its entries went
(R4 §3.1.0.11.2).

Looked at are `Reference.reference` and the elements that hold a uri, url, canonical, oid or uuid and nothing else. Left alone,
on purpose: narrative (what somebody attested stays word for word, links in it included), `system` (a code of another system is
another code), `fullUrl`, and the `url` that is a resource's own name."""

from collections.abc import Iterator, Mapping
from typing import Any

from .types import Resource

HOLDERS = frozenset({
    "reference", "url", "uri", "profile", "resource", "answerValueSet", "authority", "authorizationUrl", "base",
    "baseDefinition", "compartment", "contentReference", "definitionCanonical", "definitionUri", "derivedFrom",
    "derivedFromUri", "endpoint", "eventUri", "graph", "implementationGuide", "implicitRules", "import", "imports",
    "inputProfile", "instantiates", "instantiatesCanonical", "instantiatesUri", "issuer", "library", "measure",
    "moduleCanonical", "moduleUri", "nameUrl", "onlineInformation", "outputProfile", "parent", "partOf", "policy",
    "protocol", "questionnaire", "rendering", "replaces", "sourceCanonical", "sourceUri", "supplements", "supportedProfile",
    "target", "targetCanonical", "targetProfile", "targetUri", "transform", "valueCanonical", "valueOid", "valueSet",
    "valueUri", "valueUrl", "valueUuid", "workflow",
})  # fmt: skip
"""Names that never hold free words anywhere in R4, so that no name, note or identifier is taken for a reference."""
_OWN_NAME = "url"


def found(resource: Resource) -> tuple[str, ...]:
    """Every place it points to, in the order written, each once: `Patient/7`, URLs, URNs, canonicals, and conditional
    references (`Patient?identifier=…`). Not `#x`: that is inside."""
    return tuple(dict.fromkeys(told for told in _told(resource) if not told.startswith("#")))


def rewritten(resource: Resource, mapping: Mapping[str, str]) -> Resource:
    """`resource` with every place that `mapping` names replaced; whatever did not change is shared with the old one."""
    new: Resource = _rewritten(resource, mapping)
    return new


def _told(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _told(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name not in HOLDERS or _is_own_name(part, name):
                yield from _told(value)
            else:
                yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str):
            yield each
        else:
            yield from _told(each)


def _rewritten(part: Any, mapping: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        several = [_rewritten(each, mapping) for each in part]
        return part if all(new is old for new, old in zip(several, part, strict=True)) else several
    if not isinstance(part, dict):
        return part
    changed = None
    for name, value in part.items():
        new = _held(value, mapping) if name in HOLDERS and not _is_own_name(part, name) else _rewritten(value, mapping)
        if new is not value:
            changed = changed or dict(part)
            changed[name] = new
    return part if changed is None else changed


def _held(value: Any, mapping: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return mapping.get(value, value)
    if isinstance(value, list):
        several = [_held(each, mapping) for each in value]
        return value if all(new is old for new, old in zip(several, value, strict=True)) else several
    return _rewritten(value, mapping)


def _is_own_name(part: Mapping[str, Any], name: str) -> bool:
    return name == _OWN_NAME and "resourceType" in part
