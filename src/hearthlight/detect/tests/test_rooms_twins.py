"""Every detector over a room agrees with its naive twin on rooms made up by chance."""

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.detect.discover import room_detectors
from hearthlight.detect.tests.streams import Deed, deeds, told

DETECTORS = list(room_detectors().items())


def twin_of(name: str) -> ModuleType:
    return import_module(f"hearthlight.detect.tests.naive_{name}")


@pytest.mark.parametrize(("name", "module"), DETECTORS, ids=[name for name, _ in DETECTORS])
@given(row=deeds(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_it_agrees_with_its_naive_twin(name: str, module: Any, row: list[Deed], data: st.DataObject) -> None:
    twin = twin_of(name)
    chosen = data.draw(st.sampled_from(twin.SETTINGS))

    answers = told(module.Detector("room-7", chosen), row)

    found = [[(one.began_at, one.sureness) for one in answer] for answer in answers]
    assert found == twin.told(row, chosen)
