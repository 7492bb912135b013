"""A whole Hearthlight, started as a site starts it, to be killed, starved and locked."""

import os
from collections.abc import Iterator

import pytest

from hearthlight.runtime.bench.rig import Rig, furnished

# These start a process on an SQLite home of their own, whatever database the tests run on: once is enough.
collect_ignore_glob = ["test_*.py"] if os.environ.get("HEARTHLIGHT_TEST_DATABASE") else []
CORDS = 700  # pulled in turn, two minutes apart: two pulls of one cord within a minute would be one call


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with furnished(cords=CORDS, motions=5) as rig:
        rig.start()
        yield rig
