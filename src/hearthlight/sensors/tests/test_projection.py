"""A device in the shared record."""

import pytest

from hearthlight.core.types import Actor, system
from hearthlight.fhir import text
from hearthlight.people.tests.factories import Cast
from hearthlight.people.types import Purpose
from hearthlight.record import queries
from hearthlight.record.types import Access
from hearthlight.sensors import actions, fhir, projection

ALL = Access(Actor("system", "test"), None, lambda type_, verb: True)


def test_it_knows_a_device_its_wearer_and_when_it_is_taken_out(cast: Cast, at):
    enrolled = actions.enrol(
        family_name="wearable", label="Ada's watch", place_id=cast.room7.pk, person_id=cast.ada.pk, purpose=Purpose.FALLS,
        by=system("test"), at=at,
    )  # fmt: skip
    id_ = fhir.fhir_id(enrolled.device_id)

    device = text.loads(queries.read("Device", id_, access=ALL).body)
    assert device["patient"] == {"reference": f"Patient/person-{cast.ada.pk}"}
    assert device["status"] == "active"
    actions.retire(device_id=enrolled.device_id, by=system("test"), at=at)
    assert text.loads(queries.read("Device", id_, access=ALL).body)["status"] == "inactive"
    assert list(projection.KINDS["device"].ids()) == [enrolled.device_id]


@pytest.mark.parametrize(("name", "id_"), [("w1", "device-w1"), ("a_b", "device-a-5f-b"), ("0x00", "device-0x00")])
def test_it_gives_a_device_an_id_that_fhir_knows(name, id_):
    assert fhir.fhir_id(name) == id_
