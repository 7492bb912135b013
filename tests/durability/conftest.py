"""A whole Hearthlight, started as a site starts it, to be killed, starved and locked."""

from collections.abc import Iterator

import pytest

from hearthlight.runtime.bench.rig import Rig, furnished

CORDS = 700  # pulled in turn, two minutes apart: two pulls of one cord within a minute would be one call


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with furnished(cords=CORDS, motions=5) as rig:
        rig.start()
        yield rig
