"""A whole Hearthlight, started as a site starts it, to be killed, starved and locked."""

from collections.abc import Iterator

import pytest

from hearthlight.runtime.bench.rig import Rig, furnished

CORDS = 6_000  # each message pulls its own cord, so each must end as exactly one alert


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with furnished(cords=CORDS, motions=5) as rig:
        rig.start()
        yield rig
