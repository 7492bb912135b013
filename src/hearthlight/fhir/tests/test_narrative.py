"""Narratives: what is refused, and what is shown."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.fhir.narrative import MOST_NESTED, problems, sanitised

from . import corpus

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml">'
BOMB = '<!DOCTYPE div [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + OPEN + "&b;</div>"
XXE = '<!DOCTYPE div [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + OPEN + "&x;</div>"


def div(inside):
    return f"{OPEN}{inside}</div>"


@pytest.mark.parametrize(
    "inside",
    [
        "Edith had <b>tea</b><br/>at 4 &amp; cake",
        '<table class="grid"><thead><tr><th colspan="2" scope="col">BP</th></tr></thead><tbody><tr><td>120</td></tr></tbody></table>',
        '<a href="https://example.org/x?a=1">x</a> <a href="#part">y</a> <a name="part"/> <a href="Patient/1">z</a>',
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x"/> <img src="#pic"/>',
        '<p style="text-align: center; color: red" id="a" xml:lang="cy" lang="cy">Bore da</p><!-- x -->',
    ],
)
def test_it_lets_basic_formatting_pass(inside):
    assert problems(div(inside)) == ()


@pytest.mark.parametrize(
    "bad",
    [
        div("<script>alert(1)</script>"),
        div("<SCRIPT>alert(1)</SCRIPT>"),
        div('<p onclick="alert(1)">x</p>'),
        div('<p ONCLICK="alert(1)">x</p>'),
        div('<img src="x" onerror="alert(1)"/>'),
        div('<a href="javascript:alert(1)">x</a>'),
        div('<a href=" JaVaScRiPt:alert(1)">x</a>'),
        div('<a href="java&#10;script:alert(1)">x</a>'),
        div('<a href="&#1;javascript:alert(1)">x</a>'),
        div('<a href="vbscript:x">x</a>'),
        div('<a href="data:text/html,x">x</a>'),
        div('<img src="data:image/svg+xml;base64,PHN2Zz4="/>x'),
        div('<img src="javascript:alert(1)"/>x'),
        div("<iframe/>x"),
        div("<object/>x"),
        div("<embed/>x"),
        div('<form action="x"><input/></form>x'),
        div("<style>p{}</style>x"),
        div('<link rel="stylesheet" href="x"/>x'),
        div('<base href="x"/>x'),
        div('<meta http-equiv="refresh" content="0"/>x'),
        div('<p style="background: url(http://x)">x</p>'),
        div('<p style="width: expression(alert(1))">x</p>'),
        div('<p style="w: expr/**/ession(1)">x</p>'),
        div('<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>x'),
        div('<x:p xmlns:x="http://www.w3.org/1999/xhtml" x:onclick="1">x</x:p>'),
        div('<p xlink:href="x" xmlns:xlink="http://www.w3.org/1999/xlink">x</p>'),
        div("<html><head/><body>x</body></html>"),
        "<div>no namespace</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        "text",
        "",
        OPEN,
        div("&nbsp;"),
        div("a < b"),
        div("<p>x</div>"),
        div("  <br/> "),
        BOMB,
        XXE,
    ],
)
def test_it_refuses_what_runs_and_what_is_no_narrative(bad):
    assert problems(bad)


def test_it_finds_every_official_narrative_fine_but_the_empty_ones():
    found = {}
    for name in corpus.bodies():
        text = corpus.example(name).get("text")
        if text and problems(text["div"]):
            found[name] = problems(text["div"])

    assert len(found) == 4
    assert {why for each in found.values() for why in each} == {"txt-2: A narrative has something to say"}


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
        ('<p class="x" id="y" style="color:red">a<br/>b</p>', "<p>a<br>b</p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ('<p onclick="x" title="&quot;">a</p>', '<p title="&quot;">a</p>'),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<a href="https://e.org/?a&amp;b">a</a>', '<a href="https://e.org/?a&amp;b" rel="noopener noreferrer nofollow">a</a>'),
        ('<img src="https://tracker.example/x.png" alt="a &amp; b"/>', "a &amp; b"),
        ('<table><tr><td rowspan="2">a</td></tr></table>', '<table><tr><td rowspan="2">a</td></tr></table>'),
        ("<form>a<input/></form>b", "b"),
    ],
)
def test_it_shows_formatting_and_nothing_that_acts(inside, shown):
    assert sanitised(div(inside)) == f"<div>{shown}</div>"


def test_it_shows_as_text_what_it_cannot_read():
    assert sanitised("<p>a</b><script>") == "<div>&lt;p&gt;a&lt;/b&gt;&lt;script&gt;</div>"
    assert "&lt;!DOCTYPE" in sanitised(BOMB)


def test_it_flattens_what_is_nested_beyond_sense():
    deep = div("<b>" * 50_000 + "x" + "</b>" * 50_000)

    assert sanitised(deep) == f"<div>{'<b>' * MOST_NESTED}x{'</b>' * MOST_NESTED}</div>"


class Seen(HTMLParser):
    """What a browser's parser would make of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [tag, *(f"{name}={value}" for name, value in attrs)]


pieces = st.sampled_from(
    ["<", ">", "/", '"', "'", "=", "script", "p", "a", "img", " onerror", " href", "javascript:", "&#x3C;", "&lt;", "&amp;", "x",
     "<b>", "</b>", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "</div>", '<a href="javascript:1">', "</a>", "\0"]
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(pieces, max_size=12).map("".join))
def test_it_shows_nothing_that_acts_whatever_it_is_given(inside):
    for given_div in (div(inside), inside):
        seen = Seen()
        seen.feed(sanitised(given_div))

        acting = [each for each in seen.found if re.match(r"on|script|iframe|object|style|src|href=(?!https?:)", each)]
        assert acting == []
