"""XML text as a tree of elements, where each XHTML div is one element that holds its own text."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml.ElementTree import DefusedXMLParser

from .narrative import XHTML, is_one_div

FHIR = "{http://hl7.org/fhir}"
DIV = f"{XHTML}div"
DEEPEST = 64
"""Levels of elements, as of objects and arrays in JSON."""
DEEPEST_NARRATIVE = 256
"""The same with the levels of a narrative's own."""


class TooDeep(Exception):
    """Nested deeper than that."""


def parsed(body: bytes) -> Element:
    """The root element. A div has its text as the attribute DIV, and no children. Raises ParseError, ValueError,
    DefusedXmlException for entities and document types, TooDeep."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    body.decode()  # UTF-8 or nothing: offsets below are of these bytes
    builder = _Builder(body)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, encoding="utf-8")
    builder.expat = parser.parser
    parser.feed(body)
    root = parser.close()
    if not isinstance(root, Element):
        raise ParseError("no element")
    return root


class _Builder(TreeBuilder):
    """Builds the tree, and cuts every div out of `body` where it stands."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body
        self.expat: Any = None
        self.depth = 0
        self.outermost = 0  # the depth of the div we are in
        self.begin = 0
        self.inner: TreeBuilder | None = None

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self.depth += 1
        if self.depth > (DEEPEST if self.inner is None else DEEPEST_NARRATIVE):
            raise TooDeep
        if self.inner is None and tag == DIV:
            self.inner, self.outermost, self.begin = TreeBuilder(), self.depth, self.expat.CurrentByteIndex
        if self.inner is not None:
            return self.inner.start(tag, attrs)
        return super().start(tag, attrs)

    def data(self, data: Any, /) -> None:
        if self.inner is not None:
            self.inner.data(data)
        else:
            super().data(data)

    def end(self, tag: Any, /) -> Any:
        self.depth -= 1
        if self.inner is None:
            return super().end(tag)
        ended = self.inner.end(tag)
        if self.depth < self.outermost:
            text = self._as_it_stands() or _as_we_write_it(ended)
            self.inner = None
            super().start(DIV, {DIV: text})
            return super().end(DIV)
        return ended

    def _as_it_stands(self) -> str:
        """The text of the div, if it means the same by itself: it names its namespace, and needs none from around it."""
        end = self.body.find(b">", self.expat.CurrentByteIndex) + 1
        text = self.body[self.begin : end].decode()
        return text if is_one_div(text) else ""


def _as_we_write_it(div: Element) -> str:
    return tostring(div, encoding="unicode", default_namespace=XHTML[1:-1])
