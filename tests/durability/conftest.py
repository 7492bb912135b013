"""A whole Hearthlight, started as a site starts it, to be killed, starved and locked."""

import os
from collections.abc import Iterator

import pytest

from hearthlight.runtime.bench.rig import Rig, furnished

# These start a process on an SQLite home of their own, whatever database the tests run on: once is enough.
collect_ignore_glob = ["test_*.py"] if os.environ.get("HEARTHLIGHT_TEST_DATABASE") else []
CORDS = 1_500  # each pulled once: a second pull while its call still stands may be the same call
KEPT = CORDS - 100  # from here on for the storage tests


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with furnished(cords=CORDS, motions=5) as rig:
        rig.start()
        yield rig
