"""XML says what JSON says, and what is no FHIR is refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.fhir import xml
from hearthlight.fhir.check import check
from hearthlight.fhir.text import loads, sorted_text
from hearthlight.fhir.types import Malformed

from . import corpus

NS = 'xmlns="http://hl7.org/fhir"'
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def patient(inside):
    return f"<Patient {NS}>{inside}</Patient>".encode()


@pytest.mark.parametrize("first", "ABCDEFGHIJKLMNOPQRSTUV")
def test_it_brings_every_example_back_as_it_was(first):
    differing = [
        name
        for name, body in corpus.bodies().items()
        if name.startswith(first) and sorted_text(xml.loads(xml.dumps(loads(body)))) != sorted_text(loads(body))
    ]

    assert differing == []


def test_it_writes_elements_in_the_order_of_the_specification():
    written = xml.dumps({
        "resourceType": "Patient", "birthDate": "1938-02-28", "multipleBirthInteger": 2, "gender": "female",
        "name": [{"given": ["Edith", "May"], "family": "Moss", "id": "n"}], "active": True, "id": "person-7",
        "extension": [{"valueDecimal": Decimal("1.50"), "url": "http://example.org/x"}],
    })

    assert written.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="person-7"/>'
        '<extension url="http://example.org/x"><valueDecimal value="1.50"/></extension><active value="true"/>'
        '<name id="n"><family value="Moss"/><given value="Edith"/><given value="May"/></name><gender value="female"/>'
        '<birthDate value="1938-02-28"/><multipleBirthInteger value="2"/></Patient>'
    )


def test_it_reads_extensions_of_primitives_and_of_none():
    read = xml.loads(patient(
        '<name><given value="Edith"/><given id="g"><extension url="http://x"><valueCode value="masked"/></extension></given></name>'
        '<birthDate value="1938"><extension url="http://x"><valueBoolean value="false"/></extension></birthDate>'
    ))

    assert read == {
        "resourceType": "Patient",
        "name": [{
            "given": ["Edith", None],
            "_given": [None, {"id": "g", "extension": [{"url": "http://x", "valueCode": "masked"}]}],
        }],
        "birthDate": "1938", "_birthDate": {"extension": [{"url": "http://x", "valueBoolean": False}]},
    }
    assert check(read) == ()
    assert xml.loads(xml.dumps(read)) == read


def test_it_keeps_a_narrative_to_the_letter():
    div = DIV.format("  Edith's <b\n class='x' >tea</b> &#160;&lt;&amp;<!-- no --><br /> ")
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}

    assert div.encode() in xml.dumps(resource)
    assert xml.loads(xml.dumps(resource)) == resource


def test_it_reads_a_narrative_whose_namespace_is_named_around_it():
    body = (
        '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><f:status value="generated"/>'
        "<h:div>Edith <h:b>Moss</h:b></h:div></f:text></f:Patient>"
    )
    read = xml.loads(body.encode())

    assert read["text"]["div"] == DIV.format("Edith <b>Moss</b>")
    assert check(read) == ()


@pytest.mark.parametrize("text", ["a\nb\tc\r\nd", "\"'<>&", "ŵ 😀", " x "])
def test_it_keeps_the_spaces_and_marks_of_a_text(text):
    resource = {"resourceType": "Patient", "name": [{"text": text}]}

    assert xml.loads(xml.dumps(resource)) == resource


@pytest.mark.parametrize("number", ["1.50", "0.0", "1E-7", "-3", "100000000000000000000000.1", "72"])
def test_it_keeps_a_number_as_it_was_written(number):
    body = f'<Observation {NS}><valueQuantity><value value="{number}"/></valueQuantity></Observation>'.encode()

    assert body in xml.dumps(xml.loads(body))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<Patient",
        b"<Patient/>",
        f"<Person {NS}/><Person/>".encode(),
        f"<Thing {NS}/>".encode(),
        f"<DomainResource {NS}/>".encode(),
        f'{BOMB}<Patient {NS}><gender value="&b;"/></Patient>'.encode(),
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><Patient {NS}><gender value="&e;"/></Patient>'.encode(),
        f'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><Patient {NS}/>'.encode(),
        f'<?xml version="1.0"?><!DOCTYPE x><Patient {NS}/>'.encode(),
        patient("<gender value='&e;'/>"),
        patient("<gender>female</gender>"),
        patient("female"),
        patient("<gender/>"),
        patient('<gender value="female" other="x"/>'),
        patient('<gender value="female"/><gender value="male"/>'),
        patient('<gender value="female"><b/></gender>'),
        patient('<nickname value="Edie"/>'),
        patient('<gender xmlns="" value="female"/>'),
        patient('<active value="yes"/>'),
        patient('<multipleBirthInteger value="1.0"/>'),
        patient('<multipleBirthInteger value="99999999999999999999"/>'),
        patient('<id value="a"/><id value="b"/>'),
        patient('<name other="x"/>'),
        patient('<name id="x"><id value="x"/></name>'),
        patient('<text><status value="generated"/><div>no namespace</div></text>'),
        patient('<name><div xmlns="http://www.w3.org/1999/xhtml">x</div></name>'),
        patient("<contained/>"),
        patient(f"<contained><Device {NS}/><Device {NS}/></contained>"),
        patient("<contained><Thing/></contained>"),
        patient('<multipleBirthInteger value="' + "1" * 5000 + '"/>'),
        f'<Observation {NS}><valueQuantity><value value="1e999"/></valueQuantity></Observation>'.encode(),
        f'<Observation {NS}><valueQuantity><value value="NaN"/></valueQuantity></Observation>'.encode(),
        patient("<extension>" * 100 + "</extension>" * 100),
        patient("<extension>" * 100_000),
        patient("<text>" + DIV.format("<b>" * 1000 + "</b>" * 1000) + "</text>"),
        patient("\0"),
        patient('<gender value="\x01"/>'),
        patient('<gender value="x"/>').decode().encode("utf-16"),
        b"\xff" + patient(""),
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
def test_it_refuses_what_is_no_fhir(body):
    with pytest.raises(Malformed):
        xml.loads(body)


def test_it_reads_no_file_and_no_address(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    body = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>{patient("&e;").decode()}'

    with pytest.raises(Malformed) as refused:
        xml.loads(body.encode())

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "resource",
    [
        {}, {"resourceType": "Thing"}, {"resourceType": "Patient", "nickname": "x"}, {"resourceType": "Patient", "gender": "\x01"},
        {"resourceType": "Patient", "gender": ["x"]}, {"resourceType": "Patient", "name": ["x"]},
        {"resourceType": "Patient", "text": {"div": "<div>"}}, {"resourceType": "Patient", "text": {"div": "x<script/>"}},
        {"resourceType": "Patient", "contained": [{}]}, {"resourceType": "Patient", "text": {"div": '<?xml version="1.0"?>' + DIV}},
    ],
)
def test_it_writes_nothing_that_xml_has_no_words_for(resource):
    with pytest.raises(Malformed):
        xml.dumps(resource)


pieces = st.sampled_from(
    ["<", ">", "/>", "</", "name", "gender", "extension", ' value="x"', ' url="u"', ' id="a"', "<given", "text", "<div", "div>", "&amp;",
     "&x;", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", ' xmlns="http://www.w3.org/1999/xhtml"', "<!DOCTYPE x>", "\0", "é", "Device",
     "<contained>", "</contained>"]
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(pieces, max_size=10).map("".join))
def test_it_reads_or_refuses_any_text(inside):
    try:
        read = xml.loads(patient(inside))
    except Malformed as refused:
        assert refused.issues
    else:
        assert xml.loads(xml.dumps(read)) == read
        assert isinstance(check(read), tuple)
