"""FHIR's XML (R4 §2.6.2), read and written by the tables: the same resource as in JSON, element for element.

Text is read without a document type, and so without entities, by defusedxml. A narrative comes back to the letter: it is
cut out of the text rather than written anew."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException

from .definitions import Element, Kind, Member, Shape, resource_types, shape
from .narrative import is_one_div
from .text import dumps as json_text
from .text import number
from .types import Issue, Malformed, Resource, Severity
from .xmltree import DIV, FHIR, TooDeep, parsed

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;", '"': "&quot;"}  # an attribute would lose them
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_INTEGERS = frozenset(["integer", "positiveInt", "unsignedInt"])
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


def loads(body: bytes) -> Resource:
    """The resource in `body`. Whether it is a sound one, `check` says. Raises Malformed for text that is no XML, has a
    document type or is no FHIR: elements, attributes or text that have no place."""
    try:
        root = parsed(body)
    except TooDeep:
        _refuse("too-costly", "Nested too deeply", "")
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        _refuse("structure", "Not XML in UTF-8 without a document type", "")
    return _resource(root, _local(root, ""))


def dumps(resource: Resource) -> bytes:
    """XML in UTF-8, elements in the order of the specification. Raises Malformed for what XML has no words for."""
    name = str(resource.get("resourceType"))
    return "".join((_HEAD, *_written_resource(resource, name, ' xmlns="http://hl7.org/fhir"'))).encode()


# --- reading --------------------------------------------------------------------------------------------------------


def _resource(node: Node, path: str) -> Resource:
    name = _local(node, path)
    known = shape(name) if name in resource_types() else None
    if known is None:
        _refuse("structure", "Not a type of resource that R4 has", path)
    return {"resourceType": name} | _object(node, known, path)


def _object(node: Node, known: Shape, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in node.attrib.items():
        is_url = name == "url" and known.name == "Extension"
        if is_url or (name == "id" and not known.is_resource):
            found[name] = value
        elif not name.startswith(_SCHEMA):
            _refuse("structure", "Unknown attribute", path)
    if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
        _refuse("structure", "Text outside of an attribute", path)
    for child in node:
        name = _local(child, path)
        member = known.members.get(name)
        if member is None or (name in ("id", "url") and name in found):
            _refuse("structure", "Unknown element", f"{path}.{name}")
        _add(found, child, member, path)
    return {name: value for name, value in found.items() if not _is_all_none(value)}


def _add(found: dict[str, Any], child: Node, member: Member, path: str) -> None:
    """One more item of a member, and of its `_member` where that has any."""
    place = f"{path}.{member.element.name}"
    value, more = _item(child, member.kind, place)
    extended = f"_{member.name}"
    if not member.element.is_repeating:
        if member.name in found or extended in found:
            _refuse("structure", "At most one of these", place)
        found |= {name: each for name, each in ((member.name, value), (extended, more)) if each is not None}
        return
    found.setdefault(member.name, []).append(value)
    if member.kind.is_primitive:
        found.setdefault(extended, []).append(more)


def _item(child: Node, kind: Kind, path: str) -> tuple[Any, dict[str, Any] | None]:
    if kind.name == "Resource":
        if len(child) != 1 or child.attrib:
            _refuse("structure", "One resource stands here", path)
        return _resource(child[0], path), None
    if kind.name == "xhtml":
        return child.attrib[DIV] if DIV in child.attrib else _refuse("structure", "A div of XHTML stands here", path), None
    known = shape("Element" if kind.is_primitive else kind.name)
    if known is None or child.tag == DIV:
        _refuse("structure", "Unknown element", path)
    if not kind.is_primitive:
        return _object(child, known, path), None
    written = child.attrib.pop("value", None)
    more = _object(child, known, path)
    if written is None and not more:
        _refuse("structure", "A value is in the attribute `value`", path)
    return None if written is None else _value(written, kind.name, path), more or None


def _value(written: str, kind: str, path: str) -> Any:
    if kind == "boolean" and written in ("true", "false"):
        return written == "true"
    if kind in _INTEGERS and _INTEGER.fullmatch(written):
        return int(written)
    if kind == "decimal" and (read := number(written)) is not None:
        return read
    if kind in ("boolean", "decimal") or kind in _INTEGERS:
        _refuse("value", f"This is not a {kind}", path)
    return written


def _local(node: Node, path: str) -> str:
    if node.tag == DIV:
        return "div"
    if not node.tag.startswith(FHIR):
        _refuse("structure", "An element is not of the FHIR namespace", path)
    return node.tag.removeprefix(FHIR)


def _is_all_none(value: Any) -> bool:
    return isinstance(value, list) and all(item is None for item in value)


# --- writing --------------------------------------------------------------------------------------------------------


def _written_resource(resource: Any, path: str, namespace: str = "") -> Iterator[str]:
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    known = shape(name) if isinstance(name, str) and name in resource_types() else None
    if known is None:
        _refuse("structure", "Not a type of resource that R4 has", path)
    yield f"<{name}{namespace}>"
    yield from _written_members(resource, known, path)
    yield f"</{name}>"


def _written_members(value: dict[str, Any], known: Shape, path: str) -> Iterator[str]:
    order = _order(known.name)
    names = {name.removeprefix("_") for name in value} - ({"resourceType"} if known.is_resource else set())
    for name in names - order.keys():
        _refuse("structure", "Unknown element", f"{path}.{name}")
    for name in sorted(names, key=order.__getitem__):
        member = known.members[name]
        if not _is_attribute(member.element, known):
            yield from _written_member(value, member, path)


@cache
def _order(name: str) -> dict[str, int]:
    """The place of each member of a type: tables list them in the order of the specification."""
    known = shape(name)
    return {member: place for place, member in enumerate(known.members if known else ())}


def _is_attribute(element: Element, known: Shape) -> bool:
    return (element.name == "id" and not known.is_resource) or (element.name == "url" and known.name == "Extension")


def _written_member(value: dict[str, Any], member: Member, path: str) -> Iterator[str]:
    place = f"{path}.{member.element.name}"
    items, extended = value.get(member.name), value.get(f"_{member.name}")
    if not member.element.is_repeating:
        yield from _written_item(items, extended, member, place)
        return
    values, more = (each if isinstance(each, list) else [] for each in (items, extended))
    for index in range(max(len(values), len(more))):
        item = values[index] if index < len(values) else None
        yield from _written_item(item, more[index] if index < len(more) else None, member, f"{place}[{index}]")


def _written_item(item: Any, extended: Any, member: Member, path: str) -> Iterator[str]:
    kind, name = member.kind, member.name
    if kind.name == "xhtml" and isinstance(item, str):
        yield item if is_one_div(item) else _refuse("structure", "Not a div of XHTML", path)
    elif kind.name == "Resource":
        yield from (f"<{name}>", *_written_resource(item, path), f"</{name}>")
    elif kind.is_primitive:
        value = "" if item is None else f' value="{_attribute(item, path)}"'
        yield from _written_element(name, value, extended if isinstance(extended, dict) else {}, "Element", path)
    elif isinstance(item, dict):
        yield from _written_element(name, "", item, kind.name, path)
    else:
        _refuse("structure", "An object stands here", path)


def _written_element(name: str, head: str, value: dict[str, Any], kind: str, path: str) -> Iterator[str]:
    known = shape(kind)
    assert known is not None, kind  # the tables name no type that they do not hold
    attributes = [
        f' {each.name}="{_attribute(value[each.name], path)}"'
        for each in known.elements
        if each.name in value and _is_attribute(each, known)
    ]
    inside = "".join(_written_members(value, known, path))
    yield f"<{name}{''.join(attributes)}{head}" + (f">{inside}</{name}>" if inside else "/>")


def _attribute(item: Any, path: str) -> str:
    if isinstance(item, str):
        if _NO_XML.search(item):
            _refuse("value", "A character that XML has no words for", path)
        return escape(item, _SPACES)
    if isinstance(item, dict | list):
        _refuse("structure", "A single value stands here", path)
    return json_text(item).decode()


def _refuse(code: str, why: str, path: str) -> NoReturn:
    raise Malformed([Issue(Severity.FATAL, code, why, path)])
