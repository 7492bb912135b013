"""What every test shares: the cast, a clock that stands still, and both database files."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime

# A test run has a home of its own: never the demonstration's or a site's.
if "HEARTHLIGHT_HOME" not in os.environ:
    os.environ["HEARTHLIGHT_HOME"] = tempfile.mkdtemp(prefix="hearthlight-test-")
    atexit.register(shutil.rmtree, os.environ["HEARTHLIGHT_HOME"], ignore_errors=True)
os.environ["HEARTHLIGHT_SECOND_FACTOR"] = "true"
if database := os.environ.get("HEARTHLIGHT_TEST_DATABASE"):
    os.environ["HEARTHLIGHT_DATABASE"] = database

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402

from hearthlight.core import changes, clock  # noqa: E402
from hearthlight.people.tests.factories import NIGHT, Cast, make_cast  # noqa: E402


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """A test's changes go with its tables; what this process remembers of them must go too."""
    changes._recent.clear()


@pytest.fixture
def at() -> datetime:
    return NIGHT


@pytest.fixture
def still_clock(at: datetime) -> Iterator[clock.StillClock]:
    still = clock.StillClock(at)
    before = clock.install(still)
    yield still
    clock.install(before)


@pytest.fixture
def cast(db: None, still_clock: clock.StillClock) -> Cast:
    return make_cast()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if database and settings.SITE.database != database:  # in one process the settings are read before this file is
        raise pytest.UsageError("with -n 0, give HEARTHLIGHT_DATABASE as well: these would run on SQLite")
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and "db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(databases="__all__"))
