"""What was written comes back, and what cannot come back is refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.fhir.text import DEEPEST, dumps, loads, value
from hearthlight.fhir.types import Malformed, Severity


@pytest.mark.parametrize(
    "number",
    ["72.50", "72.0", "0.000", "-0.0", "-0", "1.0E+3", "1E-7", "3.14159265358979323846264338327950288", "0", "-5", "2147483648",
     "12345678901234567", "123456789012345678901234567890", "-9223372036854775809", "1E+308"],
)
def test_it_keeps_a_number_as_it_was_written(number):
    body = f'{{"value":{number}}}'.encode()

    assert dumps(loads(body)) == body


@pytest.mark.parametrize("number", ["1e3", "1.50e-7", "1E3"])
def test_it_keeps_the_value_and_precision_of_an_exponent(number):
    read = loads(f'{{"value":{number}}}'.encode())

    assert read["value"].as_tuple() == Decimal(number).as_tuple()
    assert loads(dumps(read))["value"].as_tuple() == Decimal(number).as_tuple()


def test_it_keeps_members_in_their_order_and_drops_spaces():
    assert dumps(loads(b' {"b" : [1, {"a": "x y"} ] , "a": true, "c": null}\n')) == b'{"b":[1,{"a":"x y"}],"a":true,"c":null}'


def test_it_reads_text_that_begins_with_a_byte_order_mark():
    assert loads(b'\xef\xbb\xbf{"a":"\xc3\xa9"}') == {"a": "é"}


def test_it_reads_escapes_like_everybody_else():
    assert loads(rb'{"a":"\u00e9\n\"\\u0000\ud83d\ude00\/"}') == {"a": 'é\n"\\u0000😀/'}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "structure"),
        (b"{", "structure"),
        (b"[]", "structure"),
        (b'"Patient"', "structure"),
        (b"null", "structure"),
        (b"{'a':1}", "structure"),
        (b'{"a":1,}', "structure"),
        (b'{"a":1}{"a":1}', "structure"),
        (b'{"a":1,"a":1}', "structure"),
        (b'{"x":[{"a":1,"a":2}]}', "structure"),
        (b'{"x":{"a":"x","\\u0061":"x"}}', "structure"),
        (b'{"a":NaN}', "structure"),
        (b'{"a":-Infinity}', "structure"),
        (b'{"a":01}', "structure"),
        (b'{"a":.5}', "structure"),
        (b'{"a":"\\ud800"}', "structure"),
        (b'{"\\udfff":"a"}', "structure"),
        (b'{"a":"\\u0000"}', "structure"),
        (b'{"\\u0000":1}', "structure"),
        (b'{"a":"\x00"}', "structure"),
        (b'{"a":"\n"}', "structure"),
        (b'{"a":"\xff"}', "structure"),
        ('{"a":1}'.encode("utf-16"), "structure"),
        (b'{"a":1e999}', "too-long"),
        (b'{"a":1e-999999999999999999999}', "too-long"),
        (b'{"a":' + b"1" * 5000 + b"}", "too-long"),
        (b'{"a":0.' + b"1" * 5000 + b"}", "too-long"),
        (b'{"a":' + b"[" * 100_000, "too-costly"),
        (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "too-costly"),
        (b'{"a":' * DEEPEST + b"{}" + b"}" * DEEPEST, "too-costly"),
    ],
)
def test_it_refuses_what_cannot_come_back(body, code):
    with pytest.raises(Malformed) as refused:
        loads(body)

    assert [(issue.severity, issue.code) for issue in refused.value.issues] == [(Severity.FATAL, code)]


def test_it_reads_what_is_as_deep_as_allowed():
    body = b'{"a":' * (DEEPEST - 1) + b"{}" + b"}" * (DEEPEST - 1)

    assert dumps(loads(body)) == body


def test_it_tells_nothing_of_what_it_read():
    with pytest.raises(Malformed) as refused:
        loads(b'{"name":"Edith", "name":"Edith"}')

    assert "Edith" not in str(refused.value)


def test_it_reads_any_document_where_that_is_asked():
    assert value(b'[{"op":"add","value":1.0}]') == [{"op": "add", "value": Decimal("1.0")}]
    assert value(b"null") is None
    assert value(b'"' + b"[" * 100 + b'"') == "[" * 100


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}, "\ud800", b"x"])
def test_it_writes_nothing_that_is_not_json(value):
    with pytest.raises(TypeError):
        dumps({"value": value})


finite = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | finite | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.dictionaries(texts, documents, max_size=5))
def test_it_reads_back_whatever_it_wrote(resource):
    assert loads(dumps(resource)) == resource
    assert dumps(loads(dumps(resource))) == dumps(resource)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.dictionaries(texts, documents, max_size=5), st.sampled_from([None, 2]), st.booleans())
def test_it_reads_what_others_write_as_they_meant_it(resource, indent, is_ascii):
    body = json.dumps(resource, indent=indent, ensure_ascii=is_ascii, default=str).encode()

    assert loads(body) == json.loads(body, parse_float=Decimal)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=40) | st.text('{}[]":,0123456789.eE-+\\ud8ntrfalse ', max_size=30).map(str.encode))
def test_it_reads_or_refuses_any_bytes(body):
    try:
        read = loads(body)
    except Malformed as refused:
        assert any(issue.is_error for issue in refused.issues)
    else:
        assert loads(dumps(read)) == read
