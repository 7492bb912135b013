"""What the words for people in a resource may hold, and how they are shown.

A narrative is XHTML that others wrote: shown unlooked at, it runs in the reader's session. `problems` refuses what R4
forbids (§2.4.0, txt-1 and txt-2); `sanitised` gives what a page of ours may show, which is less: no styles, no identifiers,
no pictures from elsewhere (fetching one tells its server who reads about whom)."""

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

XHTML = "{http://www.w3.org/1999/xhtml}"
MOST_NESTED = 100
_BLOCKS = ["div", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote", "address"]
_WORDS = ["a", "span", "b", "em", "i", "strong", "small", "big", "tt", "dfn", "q", "var", "abbr", "acronym", "cite", "bdo", "kbd", "sub", "sup", "code", "samp", "ins", "del", "s", "u"]
_TABLES = ["table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"]
_PICTURES = ["img", "map", "area"]
ELEMENTS = frozenset([*_BLOCKS, *_WORDS, *_TABLES, *_PICTURES])
_TAGS = frozenset(XHTML + name for name in ELEMENTS)
ATTRIBUTES = frozenset(
    ["abbr", "accesskey", "align", "alt", "axis", "border", "cellpadding", "cellspacing", "char", "charoff", "charset", "cite", "class", "colspan", "coords", "dir", "frame", "headers", "height", "href", "hreflang", "id", "ismap", "lang", "longdesc", "name", "nohref", "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape", "span", "src", "start", "style", "summary", "tabindex", "title", "type", "usemap", "valign", "value", "width", "bgcolor"]
)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SAFE_SCHEMES = frozenset(["", "http", "https", "mailto", "tel", "urn", "cid"])
_ONE_DIV = re.compile(r"<([\w.-]+:)?div[\s/>]")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_ACTIVE_STYLE = re.compile(r"expression\s*\(|url\s*\(|@import|behaviou?r\s*:|-moz-binding|javascript:|\\|/\*", re.I)
_VOID = frozenset(["br", "hr", "img", "col", "area"])
_SHOWN_ATTRIBUTES = frozenset(["title", "lang", "dir", "colspan", "rowspan", "scope", "abbr", "start", "span"])
_NOT_SHOWN = frozenset(["map", "area", "col", "colgroup"])


def problems(div: str) -> tuple[str, ...]:
    """Why a narrative is refused, a sentence for each reason that begins with the invariant's key; empty for one that is fine."""
    try:
        root = _read(div)
    except (ParseError, ValueError):
        return ("txt-1: A narrative is well-formed XHTML without a document type",)
    if root.tag != f"{XHTML}div" or not _ONE_DIV.match(div) or not div.endswith(">"):
        return ("txt-1: A narrative is one div of the XHTML namespace",)
    found: dict[str, None] = {}
    for element in root.iter():
        if element.attrib or element.tag not in _TAGS:
            found |= dict.fromkeys(f"txt-1: {why}" for why in _wrong(element))
    if not any(text.strip() for text in root.itertext()) and root.find(f".//{XHTML}img") is None:
        found["txt-2: A narrative has something to say"] = None
    return tuple(found)


def is_one_div(div: str) -> bool:
    """Whether the text is one div of XHTML and nothing before or after it: then it may stand inside other XML."""
    try:
        return _ONE_DIV.match(div) is not None and div.endswith(">") and _read(div).tag == f"{XHTML}div"
    except (ParseError, ValueError):
        return False


def _read(div: str) -> Element:
    """Python's own parser, a third of the cost of defusedxml's: entities are declared in a document type and nowhere else,
    and text with one is refused before it is parsed."""
    if "<!DOCTYPE" in div:
        raise ValueError("a document type")
    return fromstring(div)  # noqa: S314 — without a document type there are no entities


def _wrong(element: Element) -> Iterator[str]:
    name = str(element.tag).removeprefix(XHTML)
    if name not in ELEMENTS:
        yield "A narrative has only basic formatting: no scripts, forms, frames, objects or styles"
    for attribute, value in element.attrib.items():
        if attribute not in ATTRIBUTES and attribute != _LANGUAGE:
            yield "A narrative has no event attributes and none that HTML 4 does not know"
        elif attribute in ("href", "cite", "longdesc") and not _is_safe(value):
            yield "A link in a narrative leads to http, https, mailto, tel or a place in the same document"
        elif attribute == "src" and not (_is_safe(value) or _PICTURE.fullmatch(value)):
            yield "A picture in a narrative is a picture"
        elif attribute == "style" and _ACTIVE_STYLE.search(value):
            yield "A style in a narrative fetches and runs nothing"


def _is_safe(url: str) -> bool:
    if any(ord(letter) <= ord(" ") for letter in url.strip()):  # browsers drop tabs and line feeds inside a scheme
        return False
    try:
        return urlsplit(url.strip()).scheme.lower() in _SAFE_SCHEMES
    except ValueError:
        return False


def sanitised(div: str) -> str:
    """HTML that is safe to show, whatever `div` is: formatting, tables, links to http and https; everything else becomes its
    text. What cannot be read as XHTML is shown as text."""
    try:
        root = _read(div)
    except (ParseError, ValueError):
        return f"<div>{escape(div)}</div>"
    return f"<div>{''.join(_shown(root, is_root=True, depth=0))}</div>"


def _shown(element: Element, *, is_root: bool, depth: int) -> Iterator[str]:
    name = str(element.tag).removeprefix(XHTML)
    if name == "img":
        yield escape(element.get("alt", ""))
        return
    if depth > MOST_NESTED:
        yield escape("".join(element.itertext()))
        return
    is_shown = not is_root and name in ELEMENTS - _NOT_SHOWN
    if not is_root and name not in ELEMENTS:  # the words in a script or a style were never meant to be read
        return
    if is_shown:
        yield f"<{name}{''.join(_attributes(name, element))}>"
    if name in _VOID:
        return
    yield escape(element.text or "")
    for child in element:
        yield from _shown(child, is_root=False, depth=depth + 1)
        yield escape(child.tail or "")
    if is_shown:
        yield f"</{name}>"


def _attributes(name: str, element: Element) -> Iterator[str]:
    for attribute, value in element.attrib.items():
        if attribute in _SHOWN_ATTRIBUTES:
            yield f' {attribute}="{escape(value)}"'
    href = element.get("href", "")
    if name == "a" and href and _is_safe(href) and urlsplit(href.strip()).scheme.lower() in ("http", "https"):
        yield f' href="{escape(href.strip())}" rel="noopener noreferrer nofollow"'
